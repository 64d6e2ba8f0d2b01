"""Every operation of the OpenAPI document, called with data that fits and data that does not.

Schemathesis makes the calls and checks the answers: no 5xx, statuses, media types and bodies as the
document says, and nothing taken that the document forbids. ``make test`` runs a short form of this
(``tests/web/test_openapi.py``).
"""

import asyncio
import base64
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import schemathesis
from litestar import Litestar
from schemathesis.checks import load_all_checks
from schemathesis.engine import events, from_schema
from schemathesis.python import asgi

from kizuna.adapters.postgres.embedded import EmbeddedPostgres
from kizuna.adapters.postgres.migrate import migrate
from kizuna.app.asgi import create_app
from kizuna.app.build import build_runtime
from kizuna.domains.collect.service.drain import drain_all
from kizuna.kernel.settings import Settings, read_settings

Who = Literal["owner", "nobody", "source"]
PASSWORD = "correct horse battery"
EMAIL = "ada@example.com"

SETUP = {
    "workspace_name": "Aoyama Tea",
    "owner_name": "Ada",
    "email": EMAIL,
    "password": PASSWORD,
    "time_zone": "Asia/Tokyo",
    "currency": "JPY",
    "week_start": "monday",
    "language": "en",
    "country": "JP",
}

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "allow_header_conformance",
)
FITTING_BUT_REFUSED = ["2xx", "401", "403", "404", "409", "413", "415", "422", "429"]
"""422 is for rules that a schema cannot say, such as the names of time zones."""


@dataclass
class Tally:
    """What was tried and what came of it."""

    calls: Counter[str] = field(default_factory=Counter[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    faults: dict[str, str] = field(default_factory=dict[str, str])

    def add_fault(self, operation: str, kind: str, text: str) -> None:
        self.faults.setdefault(f"{operation}: {kind}", text)


@contextmanager
def running(settings: Settings) -> Iterator[tuple[Litestar, asgi.ASGIClient]]:
    """The application on the event loop of Schemathesis' client."""
    app = create_app(settings)
    try:
        with asgi.get_client(app) as client:
            _send_events(client)
            asyncio.run(_drain(settings))
            yield app, client
    finally:
        asgi.shutdown_lifespans()


def _send_events(client: asgi.ASGIClient) -> None:
    """Something for the reading operations to find: three people, and two ids of one of them."""
    key = {"Authorization": _add_source(client, sign_in(client))}
    batch: list[dict[str, Any]] = [
        {"type": "identify", "userId": name, "traits": {"email": f"{name}@example.com", "lastName": "山田", "n": 1.5}}
        for name in ("hana", "ken", "\U0001f375")
    ]
    batch += [{"type": "track", "userId": "ken", "event": "Visited", "properties": {"a": [{"b": None}], "": "\uffff"}}]
    batch += [{"type": "alias", "userId": "ken", "previousId": "ken-before"}]
    answer = client.post("/v1/batch", json={"batch": batch}, headers=key)
    assert answer.json() == {"success": True}, answer.text


async def _drain(settings: Settings) -> None:
    runtime, database = build_runtime(settings)
    try:
        await drain_all(runtime)
    finally:
        await runtime.lake.close()
        await database.close()


def fuzz(
    app: Litestar,
    client: asgi.ASGIClient,
    who: Who,
    examples: int,
    seed: int,
    *,
    borders: bool = True,
    only: str | None = None,
    without: Sequence[str] = (),
) -> Tally:
    """Calls every operation but those ``without`` with ``examples`` random cases, and with ``borders`` with all cases
    at the borders of its schema."""
    headers = {} if who == "nobody" else sign_in(client)
    if who == "source":
        headers = {"Authorization": _add_source(client, headers)}
    schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", app, config=_configure(examples, seed, headers, who, borders)
    )
    if who == "owner":
        schema = schema.exclude(operation_id="workspace_close_session")  # the rest would be nobody's
    schema = schema.include(tag="tracking") if who == "source" else schema.exclude(tag="tracking")
    if only:
        schema = schema.include(operation_id=only)
    if without:
        schema = schema.exclude(operation_id=list(without))
    load_all_checks()
    tally = Tally()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _count(tally, event)
        elif isinstance(event, events.NonFatalError):
            tally.add_fault(event.label, "error", str(event.value))
        elif isinstance(event, events.FatalError):
            raise event.exception
    return tally


def sign_in(client: asgi.ASGIClient) -> dict[str, str]:
    """Headers of the owner, who is made first where there is none."""
    client.cookies.clear()
    answer = client.post("/api/setup", json=SETUP)
    if answer.status_code == 409:
        answer = client.post("/api/session", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    cookie = f"kizuna_session={answer.cookies['kizuna_session']}"
    client.cookies.clear()
    return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}


def _add_source(client: asgi.ASGIClient, headers: dict[str, str]) -> str:
    """The Authorization header of a new source."""
    source = {"name": "Shop", "kind": "server", "touchpoint": "web"}
    key = client.post("/api/collect/sources", json=source, headers=headers).json()["write_key"]
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def _configure(examples: int, seed: int, headers: dict[str, str], who: Who, borders: bool) -> schemathesis.Config:
    checks: dict[str, Any] = {name: {"enabled": True} for name in CHECKS}
    checks["positive_data_acceptance"]["expected-statuses"] = FITTING_BUT_REFUSED
    if who == "source":  # clients of years send what they send: what can be used is taken, item by item
        checks["negative_data_rejection"]["enabled"] = checks["positive_data_acceptance"]["enabled"] = False
        checks["allow_header_conformance"]["enabled"] = False  # one answer for the preflight of all
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            "workers": 1,
            "continue-on-failure": True,
            "request-timeout": 60,
            "headers": headers,
            "checks": {"enabled": False, **checks},
            "generation": {
                "max-examples": examples,
                "deterministic": False,
                "no-shrink": True,
                "database": "none",
                "with-security-parameters": False,
                "allow-x00": True,
            },
            "phases": {
                "examples": {"enabled": True},
                "coverage": {"enabled": borders},
                "fuzzing": {"enabled": examples > 0},
                "stateful": {"enabled": False},
            },
        }
    )


def _count(tally: Tally, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    tally.calls[recorder.label] += len(recorder.interactions)
    for interaction in recorder.interactions.values():
        if interaction.response is not None:
            tally.statuses[interaction.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                text = f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                response = recorder.interactions[case_id].response
                answered = "" if response is None else f"\n→ {response.status_code} {response.text[:500]}"
                tally.add_fault(recorder.label, check.name, text + answered)


def run(rounds: int, seed: int) -> str:
    """``rounds`` random calls of each operation, besides those at the borders, on a database of their own."""
    with tempfile.TemporaryDirectory(prefix="kz-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "pg")
        postgres.start()
        try:
            migrate(postgres.url)
            environ = {"KIZUNA_DATA_DIR": folder, "KIZUNA_DATABASE_URL": postgres.url, "KIZUNA_LOG_LEVEL": "error"}
            with running(read_settings(environ)) as (app, client):
                tallies = [
                    fuzz(app, client, "owner", rounds, seed),
                    fuzz(app, client, "source", rounds, seed),
                    fuzz(app, client, "nobody", max(1, rounds // 10), seed, borders=False),
                ]
        finally:
            postgres.stop()
    faults = {name: text for tally in tallies for name, text in tally.faults.items()}
    assert not faults, "\n\n".join(f"{name}\n{text}" for name, text in sorted(faults.items()))
    calls = sum((tally.calls for tally in tallies), Counter[str]())
    statuses = sum((tally.statuses for tally in tallies), Counter[int]())
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    return f"{len(calls)} operations, {calls.total()} calls ({answers}), no fault"
