"""How JSON bodies are read: what no handler wants to meet is refused here, once."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import ClientException, HTTPException, ValidationException

from kizuna.kernel.errors import Invalid

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL, with an even number of backslashes before it: PostgreSQL's texts cannot hold it."""
PLACE = re.compile(r"^(?P<message>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")


class UnsupportedMediaType(HTTPException):
    status_code = 415


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON is of the handler's type, to the letter: `"1"` is no number and `0` is not false."""

    async def json(self) -> Any:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMediaType("Send the body as application/json.")
        body = await self.body()
        if NUL.search(body):
            raise _refuse_nul(_decode(body, Any))
        data = self.route_handler.parsed_fn_signature.parameters.get("data")
        return _decode(body, Any if data is None else data.annotation)


def _decode(body: bytes, kind: Any) -> Any:
    try:
        return _decode_strictly(body, kind)
    except msgspec.ValidationError as error:
        field, message = _find_place(str(error))
        raise ValidationException(extra=[{"key": field, "message": message}]) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise ClientException(str(error)) from error
    except RecursionError as error:
        raise ClientException("It is nested too deeply.") from error


def _decode_strictly(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        if "got `float`" not in str(error):
            raise
        # To JSON 2.0 is the whole number 2; some languages write it so.
        return msgspec.convert(_round_whole(msgspec.json.decode(body)), type=kind)


def _round_whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_round_whole(item) for item in value]
    return {key: _round_whole(item) for key, item in value.items()} if isinstance(value, dict) else value


def _find_place(text: str) -> tuple[str, str]:
    """``Expected `int`, got `str` - at `$.items[1].size``` → (``items.1.size``, ``Expected int, got str``)"""
    match = PLACE.match(text)
    assert match is not None
    path = (match["path"] or "").replace("[", ".").replace("]", "").lstrip(".")
    if missing := MISSING.search(match["message"]):
        return f"{path}.{missing['name']}".lstrip("."), "It is missing"
    return path, match["message"].replace("`", "")


def _refuse_nul(body: Any) -> Invalid:
    return Invalid(
        "nul_character",
        "The body holds the character U+0000, which cannot be kept; leave it out.",
        fields=dict.fromkeys(_places_with_nul(body), "Leave out the character U+0000."),
    )


def _places_with_nul(value: Any, path: str = "") -> Iterator[str]:
    """Where in the body it is, as ``items.0.name``."""
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places_with_nul(item, f"{path}.{index}".lstrip("."))
    elif isinstance(value, dict):
        for key, item in value.items():
            if "\0" in key:
                yield path
            yield from _places_with_nul(item, f"{path}.{key}".lstrip("."))
