"""Bodies of the tracking API, encoded once; for each request only digits are changed in place."""

import base64
import json
import random
from dataclasses import dataclass
from typing import Any

ID_DIGITS = 12
USER_DIGITS = 8
PRODUCTS = ["sencha", "gyokuro", "hojicha", "genmaicha", "matcha", "kyusu", "chawan", "chasen", "wagashi", "yokan"]
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36"
)


def make_item(rng: random.Random, mark: str) -> dict[str, Any]:
    """One event as a shop's page or server sends it, about 700 bytes. ``mark`` is replaced by digits."""
    product = rng.choice(PRODUCTS)
    page = {
        "path": f"/tea/{product}",
        "url": f"https://shop.example/tea/{product}",
        "title": f"{product} | 青山茶舗",
        "referrer": "https://www.example.com/",
    }
    item: dict[str, Any] = {
        "type": "track",
        "messageId": "bench-" + mark * ID_DIGITS,
        "userId": "user-" + mark * USER_DIGITS,
        "anonymousId": "0f0f0f0f-0000-4000-8000-0000" + mark * USER_DIGITS,
        "timestamp": "2026-04-01T09:00:00.123Z",
        "context": {
            "library": {"name": "analytics.js", "version": "npm:next-1.84.0"},
            "page": page,
            "userAgent": AGENT,
            "locale": "ja-JP",
            "timezone": "Asia/Tokyo",
        },
        "integrations": {},
    }
    kind = rng.random()
    if kind < 0.5:
        return item | {"type": "page", "properties": page}
    if kind < 0.85:
        properties = {"product_id": product, "name": product, "price": rng.randrange(300, 9000), "currency": "JPY"}
        return item | {"event": "Product Viewed", "properties": properties}
    if kind < 0.95:
        return item | {"event": "Product Added", "properties": {"product_id": product, "quantity": rng.randrange(1, 5)}}
    products = [
        {"product_id": rng.choice(PRODUCTS), "price": rng.randrange(300, 9000), "quantity": rng.randrange(1, 4)}
        for _ in range(rng.randrange(1, 5))
    ]
    order = {"order_id": f"o-{rng.randrange(10**9)}", "total": 12_300, "currency": "JPY", "products": products}
    return item | {"event": "Order Completed", "properties": order}


@dataclass
class Request:
    """A whole HTTP request whose digits are set before each sending."""

    data: bytearray
    message_places: list[int]
    user_places: list[tuple[int, int]]
    items: int

    def number(self, first: int, users: list[bytes]) -> int:
        """Gives every item its own message id, from ``first`` on, and a user; returns the next number."""
        data = self.data
        for index, place in enumerate(self.message_places):
            data[place : place + ID_DIGITS] = b"%012d" % (first + index)
        for (user, anonymous), digits in zip(self.user_places, users, strict=True):
            data[user : user + USER_DIGITS] = digits
            data[anonymous : anonymous + USER_DIGITS] = digits
        return first + self.items


MARK = "\x7f"  # encoded as one byte, and in no text


def make_named_item(rng: random.Random, mark: str, names: int) -> dict[str, Any]:
    """An event of one of so many names, that happens when it arrives."""
    item = make_item(rng, mark) | {"type": "track", "event": f"Event {rng.randrange(names):02d}"}
    item.setdefault("properties", {"total": rng.randrange(300, 9000)})
    del item["timestamp"]
    return item


def make_request(rng: random.Random, path: str, key: str, items: int, host: str, names: int = 0) -> Request:
    """``names``: 0 for a shop's events of a fixed time."""
    events = [make_named_item(rng, MARK, names) if names else make_item(rng, MARK) for _ in range(items)]
    sent = {} if names else {"sentAt": "2026-04-01T09:00:01.000Z"}
    body: Any = {"batch": events, **sent} if path.endswith("batch") else events[0]
    if not path.endswith("batch"):
        body.pop("type")
        body.setdefault("event", "Product Viewed")
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    authorization = base64.b64encode(f"{key}:".encode()).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {authorization}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    data = bytearray(head.encode() + text)
    return Request(data, _places(data, ID_DIGITS), _pairs(_places(data, USER_DIGITS)), items)


def _places(data: bytearray, length: int) -> list[int]:
    """Where runs of exactly ``length`` marks begin."""
    mark = MARK.encode()
    places: list[int] = []
    at = data.find(mark)
    while at >= 0:
        end = at
        while data[end : end + 1] == mark:
            end += 1
        if end - at == length:
            places.append(at)
        at = data.find(mark, end)
    return places


def _pairs(places: list[int]) -> list[tuple[int, int]]:
    return list(zip(places[::2], places[1::2], strict=True))
