"""Sources of Ada's workspace, and events as clients send them."""

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
from litestar import Litestar
from tests.cast import Person, Visitor

from kizuna.domains.collect.rules.chunks import Chunk, read_chunk
from kizuna.domains.collect.service.intake import Intake

_numbers = itertools.count(1)


class Sender:
    """A client of the tracking API with the write key of one source."""

    def __init__(self, app: Litestar, visitor: Visitor, source: dict[str, Any]) -> None:
        self.app = app
        self.visitor = visitor
        self.source = source

    def intake(self) -> Intake:
        """The server's own; it is made at the first event."""
        return self.app.state.intake

    @property
    def key(self) -> str:
        return self.source["write_key"]

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{self.key}:".encode()).decode()}

    async def send(self, path: str, body: Any) -> httpx.Response:
        if isinstance(body, bytes):
            return await self.visitor.post(path, content=body, headers=self.headers)
        return await self.visitor.post(path, json=body, headers=self.headers)

    async def batch(self, *items: dict[str, Any], **more: Any) -> httpx.Response:
        return await self.send("/v1/batch", {"batch": list(items), **more})


@pytest.fixture
async def add_source(app: Litestar, ada: Person, visitor: Visitor) -> Callable[..., Any]:
    async def add(kind: str = "server", touchpoint: str = "web", name: str = "Shop") -> Sender:
        answer = await ada.post("/api/collect/sources", json={"name": name, "kind": kind, "touchpoint": touchpoint})
        assert answer.status_code == 201, answer.text
        return Sender(app, visitor, answer.json())

    return add


@pytest.fixture
async def shop(add_source: Callable[..., Any]) -> Sender:
    """A server source of Ada's workspace."""
    return await add_source()


def make_event(event: str = "Product Viewed", **fields: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "type": "track",
        "event": event,
        "userId": "u-1",
        "messageId": f"message-{number}",
        "properties": {"product_id": "sencha"},
    } | fields


def encode(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def read_inbox(db: psycopg.Connection[Any]) -> list[Chunk]:
    return [read_chunk(payload) for (payload,) in db.execute("SELECT payload FROM collect_inbox ORDER BY id")]


def read_message_ids(db: psycopg.Connection[Any]) -> list[str]:
    return [id_ for chunk in read_inbox(db) for id_ in chunk.message_ids]
