"""How JSON bodies are read: what no handler wants to meet is refused here, once."""

import re
from collections.abc import Iterator
from typing import Any

from litestar import Request
from litestar.exceptions import ClientException, HTTPException

from kizuna.kernel.errors import Invalid

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL, with an even number of backslashes before it: PostgreSQL's texts cannot hold it."""


class UnsupportedMediaType(HTTPException):
    status_code = 415


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON is of a type and of characters that can be kept."""

    async def json(self) -> Any:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMediaType("Send the body as application/json.")
        try:
            body = await super().json()
        except RecursionError as error:
            raise ClientException("It is nested too deeply.") from error
        if NUL.search(await self.body()):
            raise Invalid(
                "nul_character",
                "The body holds the character U+0000, which cannot be kept; leave it out.",
                fields=dict.fromkeys(_paths_with_nul(body), "Leave out the character U+0000."),
            )
        return body


def _paths_with_nul(value: Any, path: str = "") -> Iterator[str]:
    """Where in the body it is, as ``items.0.name``."""
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths_with_nul(item, f"{path}.{index}".lstrip("."))
    elif isinstance(value, dict):
        for key, item in value.items():
            if "\0" in key:
                yield path
            yield from _paths_with_nul(item, f"{path}.{key}".lstrip("."))
