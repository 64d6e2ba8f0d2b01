"""What nobody may read in the logs: customers' data, passwords, tokens and keys, even at the level debug."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from litestar import Litestar

from kizuna.domains.collect.jobs.imports import RUN_IMPORT
from kizuna.domains.collect.service import intake
from kizuna.domains.collect.service.drain import drain_all
from kizuna.domains.workspace.service import resets
from kizuna.kernel.context import Runtime
from kizuna.kernel.logs import JsonFormatter, configure_logs, hide_values
from kizuna.kernel.settings import Settings
from kizuna.web.auth import CSRF_HEADER, SESSION_COOKIE
from tests.attack.askers import make_key
from tests.attack.factories.collect import add_source, sign
from tests.attack.factories.workspace import invite
from tests.attack.planter import Planter
from tests.cast import PASSWORD, Person, Visitor

PERSON = {
    "email": "hanako.yamada@kzprivate.example",
    "phone": "+81 90-1234-5678",
    "lastName": "山田個人",
    "lineId": "Ukzprivate0123456789",
    "address": "青山1-2-3 kzprivate",
}


@pytest.fixture
def settings(database_url: str, settings: Settings) -> Settings:
    return replace(settings, log_level="debug")


@pytest.fixture
def logs(app: Litestar) -> Iterator[io.StringIO]:
    """All that the process logs from here on, as it writes it."""
    configure_logs("debug")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    configure_logs("warning")


@pytest.fixture
async def planter(
    app: Litestar, runtime: Runtime, ada: Person, owner_db: psycopg.Connection[Any], logs: io.StringIO
) -> Planter:
    made = Planter(ada, app, runtime, owner_db, "a")
    made.secrets |= {PASSWORD, ada.cookies[SESSION_COOKIE], ada.headers[CSRF_HEADER], *PERSON.values()}
    return made


def read_secrets(planter: Planter, logs: io.StringIO) -> list[str]:
    logging.getLogger("tests").debug("this is heard")
    text = logs.getvalue() + json.dumps(logs.getvalue(), ensure_ascii=False)
    assert "this is heard" in text
    return [secret for secret in planter.secrets if secret in text]


async def enter(planter: Planter, visitor: Visitor) -> None:
    email = planter.owner.email
    for password in ("kzprivate wrong horse", PASSWORD):
        answer = await visitor.post("/api/session", json={"email": email, "password": password})
    planter.secrets |= {"kzprivate wrong horse", answer.json()["csrf_token"], visitor.cookies[SESSION_COOKIE]}
    await visitor.post("/api/password-resets", json={"email": email})
    token = (await invite(planter))["url"].rpartition("/")[2]
    await visitor.get(f"/api/invitations/{token}")
    await visitor.post(f"/api/password-resets/{token}", json={"password": "kzprivate new horse"})
    key = await make_key(planter, ["profiles.read"])
    await visitor.get("/api/profiles", headers={"Authorization": f"Bearer {key['secret']}"})
    await visitor.get("/api/profiles", headers={"Authorization": f"Bearer {key['secret']}x"})
    planter.secrets.add("kzprivate new horse")


async def send_events(planter: Planter) -> None:
    await planter.send(
        {"type": "identify", "userId": "kzprivate-7", "traits": PERSON},
        {"type": "track", "userId": "kzprivate-7", "event": "Bought", "properties": {"mail": PERSON["email"]}},
        {"type": "track", "userId": "kzprivate-7", "timestamp": "1980-01-01", "event": "Old", "context": PERSON},
        {"type": "nonsense", "userId": "kzprivate-7", "traits": PERSON},
    )
    await planter.owner.post("/v1/track", content=b'{"userId": "kzprivate-7", "email": "hanako')
    [found] = (await planter.owner.get("/api/profiles", params={"search": PERSON["email"]})).json()["items"]
    for page in ("", "/timeline", "/identity"):
        assert (await planter.owner.get(f"/api/profiles/{found['id']}{page}")).status_code == 200
    await planter.owner.patch(f"/api/profiles/{found['id']}/traits", json={"note": PERSON["address"]})
    planter.secrets.add("kzprivate-7")


async def send_webhooks(planter: Planter) -> None:
    source = await add_source(planter, "webhook")
    body = json.dumps({"type": "identify", "userId": "kzprivate-8", "traits": PERSON}).encode()
    for content, headers in (
        (body, sign(planter, source, body)),
        (body, {}),
        (body[:-5], sign(planter, source, body[:-5])),
    ):
        await planter.owner.post(f"/in/{source['write_key']}", content=content, headers=headers)
    planter.secrets.add("kzprivate-8")


async def bring_file(planter: Planter) -> None:
    text = f"email,phone,total\n{PERSON['email']},{PERSON['phone']},1\nkzprivate-nobody,x,y\n"
    sent = await planter.owner.post("/api/collect/uploads", params={"filename": "kzprivate.csv"}, content=text)
    body = {"upload_id": sent.json()["id"], "kind": "profiles", "mapping": {"email": "email", "phone": "phone"}}
    started = await planter.post("/api/collect/imports", body)
    await RUN_IMPORT.run(planter.runtime, planter.owner.workspace_id, job_id=started["id"])
    await drain_all(planter.runtime)
    planter.secrets |= {"kzprivate-nobody", "kzprivate.csv"}


async def test_a_day_of_work_leaves_nothing_of_anybody(planter: Planter, visitor: Visitor, logs: io.StringIO) -> None:
    await enter(planter, visitor)
    await send_events(planter)
    await send_webhooks(planter)
    await bring_file(planter)
    await planter.post("/api/analytics/sql", {"sql": f"SELECT * FROM events WHERE name = '{PERSON['email']}'"})
    assert read_secrets(planter, logs) == []


async def test_what_breaks_does_not_tell_either(
    planter: Planter, visitor: Visitor, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traces are logged, and the address of a request may be a token."""

    async def refuse_rows(*_: Any, **__: Any) -> None:
        with psycopg.connect(planter.runtime.settings.database_url or "") as db:
            db.execute("CREATE TEMPORARY TABLE people (email text UNIQUE, age integer)")
            for _number in range(2):
                db.execute("INSERT INTO people VALUES (%s, 1)", (PERSON["email"],))

    monkeypatch.setattr(resets, "use_reset", refuse_rows)
    monkeypatch.setattr(intake, "store_whole", refuse_rows)
    monkeypatch.setattr(intake, "store_group", refuse_rows)
    planter.secrets.add("kzr_kzprivate")
    visitor._transport.raise_app_exceptions = False  # type: ignore[attr-defined]  # answered as a server answers
    answer = await visitor.post("/api/password-resets/kzr_kzprivate", json={"password": "whatever it is"})
    assert answer.status_code == 500
    key = (await planter.shop())["write_key"]
    body = {"type": "identify", "userId": "u", "traits": PERSON, "writeKey": key}
    assert (await visitor.post("/v1/identify", json=body)).status_code >= 500
    assert "duplicate key value violates" in logs.getvalue()
    assert "/api/password-resets/{token" in logs.getvalue()
    assert read_secrets(planter, logs) == []


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("INSERT INTO people VALUES (%s, 1), (%s, 2)", (PERSON["email"], PERSON["email"])),
        ("INSERT INTO people VALUES (%s, -1)", (PERSON["email"],)),
        ("INSERT INTO people VALUES ('a', %s)", (PERSON["email"],)),
    ],
)
def test_a_database_does_not_quote_rows(owner_db: psycopg.Connection[Any], statement: str, values: Any) -> None:
    owner_db.execute("CREATE TEMPORARY TABLE people (email text UNIQUE, age integer CHECK (age > 0))")
    with pytest.raises(psycopg.Error) as raised:
        owner_db.execute(statement, values)
    assert PERSON["email"] in str(raised.value)
    shown = hide_values(f"Traceback:\n  File x\n{raised.value}\n\nDuring handling of it:\n  File y")
    assert PERSON["email"] not in shown
    assert "During handling of it:\n  File y" in shown
