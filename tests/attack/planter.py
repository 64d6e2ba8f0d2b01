"""Plants real things in a workspace, each with a text that nobody else may ever read.

A factory is a function in ``tests/attack/factories/<domain>.py``, registered under what it plants for:
the id of an operation (``workspace_resume_job``) or the path of a parameter (``/api/jobs/{id}``). What has
neither is made by ``POST`` to the collection, with a body that its schema suggests.
"""

import itertools
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import psycopg
from litestar import Litestar

from kizuna.domains.collect.service.drain import drain_all
from kizuna.kernel.context import Runtime
from kizuna.web.openapi import describe_api
from tests.attack.operations import Operation, make_value
from tests.cast import Person

PEOPLE = 60


@dataclass
class Planted:
    """What a request to one operation is made of. ``proof_params`` and ``proof_headers`` are what only the
    rightful holder has, such as the token of an invitation; everybody else sends ``params`` alone."""

    params: dict[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    content: bytes | None = None
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    proof_params: dict[str, str] = field(default_factory=dict[str, str])
    proof_headers: dict[str, str] = field(default_factory=dict[str, str])
    names_things: bool | None = None
    """The request names something of the workspace, so that a stranger must not succeed with it. Unless it
    says otherwise, what was planted for a parameter does."""


Factory = Callable[["Planter"], Awaitable[Planted]]
FACTORIES: dict[str, Factory] = {}


def plants(*names: str) -> Callable[[Factory], Factory]:
    def register(factory: Factory) -> Factory:
        FACTORIES.update(dict.fromkeys(names, factory))
        return factory

    return register


@cache
def load_factories() -> None:
    package = import_module("tests.attack.factories")
    for found in pkgutil.iter_modules(package.__path__):
        import_module(f"tests.attack.factories.{found.name}")


class Planter:
    """Plants in the workspace of ``owner``; ``letter`` tells its texts from those of other workspaces."""

    def __init__(
        self, owner: Person, app: Litestar, runtime: Runtime, db: psycopg.Connection[Any], letter: str
    ) -> None:
        load_factories()
        self.owner, self.app, self.runtime, self.db, self.letter = owner, app, runtime, db, letter
        self.document = describe_api(app)
        self.operations = {
            f"{method.upper()} {path}": spec
            for path, item in self.document["paths"].items()
            for method, spec in item.items()
        }
        self.secrets: set[str] = set()
        self.kept: dict[str, str] = {}
        """Things of which one is enough, by a name that its factory chooses."""
        self._numbers = itertools.count(1)
        self._people: list[str] = []
        self._shop: dict[str, Any] | None = None

    def canary(self) -> str:
        """A text that occurs nowhere else: whoever reads it has read a row of this workspace."""
        return f"kzcanary{self.letter}{next(self._numbers)}x"

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.owner.post(path, json=body)
        assert answer.is_success, f"planting at {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def shop(self) -> dict[str, Any]:
        """The source that most events come by."""
        if self._shop is None:
            new = {"name": self.canary(), "kind": "server", "touchpoint": "web"}
            self._shop = await self.post("/api/collect/sources", new)
            self.secrets.add(self._shop["write_key"])
        return self._shop

    async def send(self, *items: dict[str, Any]) -> None:
        key = (await self.shop())["write_key"]
        answer = await self.owner.post("/v1/batch", json={"batch": list(items), "writeKey": key})
        assert answer.status_code in (200, 400), answer.text
        await drain_all(self.runtime)

    async def person(self) -> str:
        """The id of a profile that nothing was done to yet."""
        if not self._people:
            names = [self.canary() for _ in range(PEOPLE)]
            await self.send(
                *({"type": "identify", "userId": n, "traits": {"email": f"{n}@example.com", "name": n}} for n in names),
                *({"type": "track", "userId": n, "event": f"Seen {n}", "properties": {"what": n}} for n in names[:3]),
            )
            self._people = names
        name = self._people.pop()
        [found] = (await self.owner.get("/api/profiles", params={"search": name, "limit": 2})).json()["items"]
        self.secrets.add(found["id"])
        return found["id"]

    async def plant(self, operation: Operation) -> Planted:
        """Something real for each parameter of the operation, and a body that fits."""
        planted = await FACTORIES[operation.id](self) if operation.id in FACTORIES else Planted()
        for parameter in operation.parameters:
            if parameter not in planted.params:
                await self._plant_parameter(operation, parameter, planted)
        self._add_body(operation, planted)
        for parameter in operation.spec.get("parameters", []):
            name = parameter["name"]
            if parameter.get("in") == "query" and parameter.get("required") and name not in planted.query:
                planted.query[name] = str(make_value(parameter["schema"], self.schemas))
        return planted

    @property
    def schemas(self) -> dict[str, Any]:
        return self.document["components"]["schemas"]

    async def _plant_parameter(self, operation: Operation, parameter: str, planted: Planted) -> None:
        prefix = operation.prefix_of(parameter)
        if prefix in FACTORIES:
            made = await FACTORIES[prefix](self)
            planted.params = made.params | planted.params
            planted.proof_params |= made.proof_params
            planted.proof_headers |= made.proof_headers
            if made.names_things is not False and not made.proof_params:
                planted.names_things = True
            return
        planted.params[parameter] = await self._make_by_collection(operation, parameter, prefix, planted)
        planted.names_things = True

    async def _make_by_collection(self, operation: Operation, parameter: str, prefix: str, planted: Planted) -> str:
        collection = prefix.rpartition("/")[0]
        spec = self.operations.get(f"POST {collection}")
        help_ = (
            f"The attack does not know what to put for {{{parameter}}} of {operation.name}. Write a factory that "
            f"plants one and registers as @plants({prefix!r}) in tests/attack/factories/{collection.split('/')[2]}.py."
        )
        assert spec is not None, help_
        path = collection.format(**planted.params)
        schema = spec["requestBody"]["content"]["application/json"]["schema"] if "requestBody" in spec else {}
        answer = await self.owner.post(path, json=make_value(schema, self.schemas, f"kzcanary{self.letter}0"))
        assert answer.is_success, f"{help_} POST {path} answers {answer.status_code}: {answer.text}"
        made = answer.json()
        assert parameter in made or "id" in made, help_
        return str(made.get(parameter, made.get("id")))

    def _add_body(self, operation: Operation, planted: Planted) -> None:
        content = operation.spec.get("requestBody", {}).get("content", {})
        if planted.body is not None or planted.content is not None or not content:
            return
        media = content.get("application/json")
        if media is None:
            planted.content = b"email\nintruder@example.com\n"
            return
        planted.body = media["example"] if "example" in media else make_value(media["schema"], self.schemas)
