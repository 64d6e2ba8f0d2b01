"""What it costs intake to know whether an event may be stored: reading what the event says, and judging it
against the answers of a million people."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.load.bodies import make_item
from benchmarks.report import Result
from kizuna.domains.collect.contracts import Source
from kizuna.domains.collect.rules.batches import check_items
from kizuna.domains.collect.rules.bodies import read_batch
from kizuna.domains.collect.rules.events import Events
from kizuna.domains.collect.rules.items import Arrival
from kizuna.domains.collect.service.recognise import Recognised
from kizuna.domains.collect.service.screen import passes_whole
from kizuna.domains.privacy.contracts import STATE_REFUSED
from kizuna.domains.privacy.service.terms import Terms
from kizuna.kernel.vault import make_vault

PEOPLE = 1_000_000
REFUSING = 50_000
EVENTS = 100
ROUNDS = 300
BUDGET_US = 2.0
STATED = {"categoryPreferences": {"Analytics": True, "Advertising": False}}

_SITE = Source(1, 1, "browser", "web", True, "secret")


async def consent_check(_: Path) -> list[Result]:
    """Every event states its consent, and names two nodes: the dearest case that is usual."""
    numbers = random.Random(1)
    terms = Terms(make_vault(), 1)
    terms.learn((key, STATE_REFUSED) for key in sorted(numbers.sample(range(PEOPLE), REFUSING)))
    events = _check(_write_body(STATED))
    people = iter(key for key in numbers.sample(range(PEOPLE), 4 * EVENTS) if terms.judge(4, (key,)) is None)
    keys = [(next(people), next(people)) for _ in range(EVENTS)]
    taken = Recognised(events, [])
    assert passes_whole(taken, keys, terms)
    judge_us = _fastest(lambda: passes_whole(taken, keys, terms))
    silent, stated = _write_body(None), _write_body(STATED)
    read_us = _fastest(lambda: _check(stated)) - _fastest(lambda: _check(silent))
    return [
        Result("consent check of an event", judge_us + max(0.0, read_us), "µs", "lower", BUDGET_US),
        Result("of it: judging", judge_us, "µs", "lower"),
        Result("of it: reading what the event states", max(0.0, read_us), "µs", "lower"),
    ]


def _write_body(consent: dict[str, Any] | None) -> bytes:
    numbers = random.Random(2)  # the same events with and without
    items = [make_item(numbers, "1") | {"messageId": f"m-{place}"} for place in range(EVENTS)]
    if consent is not None:
        items = [item | {"context": item["context"] | {"consent": consent}} for item in items]
    return msgspec.json.encode({"batch": items})


def _check(body: bytes) -> Events:
    events, refused = check_items(read_batch(body), Arrival(_SITE, 1_775_034_000_000_000))
    assert not refused
    return events


def _fastest(call: Callable[[], object]) -> float:
    """Microseconds an event, of the quickest round: what the host takes away is not ours."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best / EVENTS * 1e6
