"""What can be guessed, and what a guess is worth: numbers, names, tokens, addresses of files, live topics, SQL."""

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.background_tasks import BackgroundTask

from kizuna.domains.workspace.endpoints import entry
from kizuna.domains.workspace.service import passwords
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.ids import new_token
from kizuna.web.auth import CSRF_HEADER, SESSION_COOKIE
from tests.attack.factories.collect import add_source, sign
from tests.attack.factories.workspace import invite, plant_file
from tests.attack.operations import list_operations
from tests.attack.planter import Planter
from tests.attack.test_walk import CANARY
from tests.cast import PASSWORD, Person, Visitor
from tests.web.test_live import connect, publish

NUMBERS_AROUND = 5


@pytest.fixture
def planter(app: Litestar, runtime: Runtime, ada: Person, owner_db: psycopg.Connection[Any]) -> Planter:
    return Planter(ada, app, runtime, owner_db, "a")


async def test_numbers_around_known_ones_open_nothing(planter: Planter, dan: Person) -> None:
    """Dan counts up and down from the numbers his own things have."""
    tried = 0
    for operation in list_operations(planter.app):
        if not operation.guarded or operation.method != "GET" or len(operation.parameters) != 1:
            continue
        planted = await planter.plant(operation)
        [(name, value)] = planted.params.items()
        if not value.isdigit():
            continue
        for number in range(max(0, int(value) - NUMBERS_AROUND), int(value) + NUMBERS_AROUND):
            answer = await dan.get(operation.path.replace("{" + name + "}", str(number)))
            assert answer.status_code == 404, (operation.name, number, answer.text)
            assert not CANARY.search(answer.text)
            tried += 1
    assert tried >= 50


@pytest.mark.parametrize("body", [{"password": "wrong horse battery"}, {"password": ""}, {"password": "x" * 5000}])
async def test_signing_in_tells_the_same_of_known_and_unknown(visitor: Visitor, ada: Person, body: Any) -> None:
    known = await visitor.post("/api/session", json=body | {"email": ada.email})
    unknown = await visitor.post("/api/session", json=body | {"email": "nobody@example.com"})
    assert without_id(known) == without_id(unknown)
    assert known.status_code == 401


async def test_the_wait_after_failures_tells_the_same(visitor: Visitor, ada: Person) -> None:
    answers: dict[str, list[tuple[int, Any]]] = {}
    for email in (ada.email, "nobody@example.com"):
        for _ in range(8):
            body = {"email": email, "password": "wrong horse battery"}
            answers.setdefault(email, []).append(without_id(await visitor.post("/api/session", json=body)))
    first, second = answers.values()
    assert first == second
    assert 429 in [status for status, _ in first]


def without_id(answer: Any) -> tuple[int, Any]:
    body = (answer.json() if answer.content else None) or {}
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "content-length")}
    return answer.status_code, ({key: value for key, value in body.items() if key != "request_id"}, headers)


async def test_a_hash_is_computed_for_unknown_addresses_too(
    visitor: Visitor, ada: Person, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time is what would tell; the work that takes it is counted, as a clock would be fooled by the machine."""
    work: list[str] = []
    verify = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda hash_, text: work.append(hash_[:30]) or verify(hash_, text))
    for email in (ada.email, "nobody@example.com"):
        await visitor.post("/api/session", json={"email": email, "password": "wrong horse battery"})
        clock.advance(timedelta(hours=2))
    assert len(work) == 2
    assert work[0] == work[1]  # the same method, at the same cost


async def test_asking_for_a_password_tells_the_same(visitor: Visitor, ada: Person) -> None:
    answers = [
        without_id(await visitor.post("/api/password-resets", json={"email": email}))
        for email in (ada.email, "nobody@example.com", "no address")
    ]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 202


async def test_a_password_is_looked_up_after_the_answer(
    visitor: Visitor, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it would take longer for an address that is known."""
    events: list[str] = []

    async def look_up(_: Runtime, email: str) -> None:
        events.append(f"looked up {email}")

    monkeypatch.setattr(entry.resets, "request_reset", look_up)
    sent = BackgroundTask.__call__

    async def run(task: BackgroundTask) -> None:
        events.append("answered")
        await sent(task)

    monkeypatch.setattr(BackgroundTask, "__call__", run)
    await visitor.post("/api/password-resets", json={"email": ada.email})
    assert events == ["answered", f"looked up {ada.email}"]


async def test_tokens_and_keys_of_another_kind_open_nothing(planter: Planter, visitor: Visitor, ada: Person) -> None:
    """A secret is good for one door; at all others it is a guess like any other."""
    source = await add_source(planter, "webhook")
    invitation = (await invite(planter))["url"].rpartition("/")[2]
    session = ada.cookies[SESSION_COOKIE]
    for token in (
        source["write_key"],
        source["secret"],
        invitation,
        ada.cookies[SESSION_COOKIE],
        ada.headers[CSRF_HEADER],
    ):
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await visitor.get("/api/me", headers=bearer)).status_code == 401
        assert (await visitor.post("/api/password-resets/" + token, json={"password": PASSWORD})).status_code == 404
        if token != invitation:
            assert (await visitor.get(f"/api/invitations/{token}")).status_code == 404
        if token != session:
            assert (await visitor.get("/api/me", headers={"Cookie": f"{SESSION_COOKIE}={token}"})).status_code == 401
        if token != source["write_key"]:
            assert (await visitor.get(f"/v1/projects/{token}/settings")).status_code == 401
            assert (await visitor.post(f"/in/{token}", content=b"{}")).status_code == 404


def test_tokens_are_long_and_never_the_same() -> None:
    """18 bytes are 144 bits: at a million guesses a second nobody finds one of a billion in 10^28 years."""
    made = {new_token("kz", 18) for _ in range(1_000)}
    assert len(made) == 1_000
    assert min(len(token.partition("_")[2]) for token in made) >= 24


async def test_an_invitation_tells_only_who_holds_it(planter: Planter, visitor: Visitor) -> None:
    token = (await invite(planter))["url"].rpartition("/")[2]
    for guess in (token[:-1], token + "x", token.lower(), token.swapcase(), f"{token}%00", "%", "..", "' OR 1=1 --"):
        if guess != token:
            answer = await visitor.get(f"/api/invitations/{guess}")
            assert answer.status_code == 404, guess
            assert not CANARY.search(answer.text)


async def test_a_webhook_needs_its_own_signature(planter: Planter, visitor: Visitor, clock: ManualClock) -> None:
    mine, other = await add_source(planter, "webhook"), await add_source(planter, "webhook")
    body = json.dumps({"type": "track", "userId": "u", "event": "Forged"}).encode()
    good = sign(planter, mine, body)["X-Kizuna-Signature"]
    stamp = good.partition(",")[0]
    forged = [
        "",
        stamp,
        f"{stamp},v1=",
        f"{stamp},v1={'0' * 64}",
        sign(planter, other, body)["X-Kizuna-Signature"],
        "t=0,v1=é",
    ]
    for header in forged:
        headers = {"X-Kizuna-Signature": header.encode()}
        assert (await visitor.post(f"/in/{mine['write_key']}", content=body, headers=headers)).status_code == 401, (
            header
        )
    headers = {"X-Kizuna-Signature": good}
    assert (await visitor.post(f"/in/{mine['write_key']}", content=body + b" ", headers=headers)).status_code == 401
    assert (await visitor.post(f"/in/{other['write_key']}", content=body, headers=headers)).status_code == 401
    clock.advance(timedelta(minutes=6))
    assert (await visitor.post(f"/in/{mine['write_key']}", content=body, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "place",
    ["../vault.json", "/etc/passwd", "exports/../../secret.key", "link", "exports", ""],
)
async def test_a_job_hands_out_files_of_its_folder_only(planter: Planter, ada: Person, place: str) -> None:
    """Even if somebody wrote another path into the job's row."""
    job_id = (await plant_file(planter)).params["id"]
    settings = planter.runtime.settings
    for name in ("vault.json", "secret.key"):
        (settings.data_dir / name).write_text("kz-outside")
    (settings.blobs_dir / "link").symlink_to(settings.data_dir / "vault.json")
    planter.db.execute("UPDATE workspace_jobs SET file = %s WHERE id = %s", (place, int(job_id)))
    answer = await ada.get(f"/api/jobs/{job_id}/file")
    assert answer.status_code == 404
    assert "kz-outside" not in answer.text


@pytest.mark.parametrize("folder", ["assets", "sdk", "analytics.js/v1/key"])
@pytest.mark.parametrize(
    "name",
    [
        "../../pyproject.toml",
        "..%2f..%2fpyproject.toml",
        "%2e%2e/%2e%2e/pyproject.toml",
        "....//pyproject.toml",
        "/etc/passwd",
    ],
)
async def test_pages_hand_out_files_of_their_folder_only(visitor: Visitor, folder: str, name: str) -> None:
    answer = await visitor.get(f"/{folder}/{name}", follow_redirects=False)
    assert "root:" not in answer.text
    assert "[project]" not in answer.text


async def test_a_name_of_an_upload_is_no_path(planter: Planter, ada: Person) -> None:
    sent = await ada.post(
        "/api/collect/uploads", params={"filename": "../../../x.csv"}, content="email\na@example.com\n"
    )
    assert sent.json()["filename"] == "x.csv"
    assert not list(planter.runtime.settings.data_dir.rglob("x.csv"))


TOPICS = {"jobs": {"id": 1}, "tail": {"e": 1}, "flow": {"f": 1}, "profile:7": {"p": 1}}


async def test_live_topics_end_at_the_workspace(app: Litestar, ada: Person, dan: Person) -> None:
    """Dan listens to everything that has Ada's numbers in it, and hears his own."""
    async with connect(app, dan) as socket:
        assert (await socket.next())["type"] == "websocket.accept"
        for topic in (*TOPICS, f"{ada.workspace_id}:jobs", f"jobs:{ada.workspace_id}", "*", "%", "kizuna_live"):
            socket.send(json.dumps({"subscribe": topic, "workspace": ada.workspace_id, "w": ada.workspace_id}))
        socket.send(json.dumps({"subscribe": "jobs:last"}))
        while await socket.receive() != {"subscribed": "jobs:last"}:
            pass
        for topic, data in TOPICS.items():
            await publish(ada, topic, data)
        await publish(dan, "jobs:last", "of Dan")
        heard = [await socket.receive()]
        while "data" not in heard[-1]:
            heard.append(await socket.receive())
        assert [one for one in heard if "data" in one] == [{"topic": "jobs:last", "data": "of Dan"}]


async def test_live_topics_ask_for_permissions(app: Litestar, ada: Person, cleo: Person) -> None:
    """An agent may not see what comes in; nothing of it reaches the page, whatever the topic is called."""
    async with connect(app, cleo) as socket:
        await socket.next()
        for topic in ("tail", "flow", "tail:1", "flow:", " tail", "TAIL", "jobs,tail", ""):
            socket.send(json.dumps({"subscribe": topic}))
        await socket.subscribe("jobs")
        for topic in ("tail", "flow", "tail:1", "flow:", " tail", "TAIL"):
            await publish(ada, topic, "not for agents")
        await publish(ada, "jobs", "for all")
        assert await socket.receive() == {"topic": "jobs", "data": "for all"}


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:8100.evil.example",
        "http://evil.example:8100",
        "file://",
        "http://[",
    ],
)
async def test_another_site_cannot_listen(app: Litestar, ada: Person, origin: str) -> None:
    async with connect(app, ada, origin=origin) as socket:
        assert (await socket.next())["type"] == "websocket.close"


ESCAPES = [
    "SELECT * FROM read_parquet('{lake}/ws={ws}/events/*/*.parquet')",
    "SELECT * FROM delta_scan('{lake}/ws={ws}/events')",
    "SELECT * FROM '{lake}/ws={ws}/events/**/*.parquet'",
    "SELECT * FROM read_csv('{data}/vault.json')",
    "SELECT * FROM read_text('{data}/secret.key')",
    "SELECT content FROM read_blob('{data}/blobs/**')",
    "SELECT * FROM glob('{data}/**')",
    "ATTACH '{data}/x.db' AS x",
    "ATTACH 'host=localhost dbname=kizuna' AS pg (TYPE postgres)",
    "COPY (SELECT 1) TO '{data}/out.csv'",
    "COPY events FROM '{data}/vault.json'",
    "SELECT getenv('KIZUNA_SECRET_KEY')",
    "PRAGMA database_list",
    "SET enable_external_access = true",
    "SELECT * FROM events; SELECT * FROM read_text('{data}/secret.key')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('kizuna_events')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM postgres_query('x', 'SELECT 1')",
    "INSTALL httpfs",
    "CALL pragma_version()",
]


async def test_sql_does_not_get_out(planter: Planter, dan: Person) -> None:
    """Over HTTP, as Dan would: with the real places of Ada's lake."""
    await planter.person()
    settings = planter.runtime.settings
    places = {"lake": settings.lake_url, "data": settings.data_dir, "ws": planter.owner.workspace_id}
    for escape in ESCAPES:
        answer = await dan.post("/api/analytics/sql", json={"sql": escape.format(**places)})
        assert answer.status_code == 422, (escape, answer.text)
        assert not CANARY.search(answer.text), escape
    mine = await dan.post("/api/analytics/sql", json={"sql": "SELECT count(*) FROM events"})
    assert mine.json()["rows"] == [[0]]
    assert not (settings.data_dir / "out.csv").exists()
