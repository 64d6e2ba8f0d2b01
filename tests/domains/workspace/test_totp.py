"""The second factor: set up, asked for, lost, demanded."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from tests.cast import PASSWORD, Person, Visitor, sign_in
from tests.domains.workspace.authenticator import Authenticator, enrol, first_step

from kizuna.domains.workspace.rules import sign_in as limits
from kizuna.domains.workspace.rules import totp as rules
from kizuna.domains.workspace.rules.tickets import CODE_TICKET_LIFE
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime

STEP = timedelta(seconds=rules.PERIOD_S)


@pytest.mark.parametrize(
    ("second", "digits"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(second: int, digits: str) -> None:
    """RFC 6238, appendix B; its eight digits end in our six."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    assert rules.make_code(b"12345678901234567890", at) == digits
    assert rules.find_step(b"12345678901234567890", f" {digits[:3]} {digits[3:]} ", at) == second // 30


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps: int, fits: bool) -> None:
    now = datetime(2026, 4, 1, 9, 0, 10, tzinfo=UTC)
    assert (rules.find_step(b"s" * 20, rules.make_code(b"s" * 20, now + steps * STEP), now) is not None) == fits


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\x00" * 6, "-12345"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert rules.find_step(b"s" * 20, code, datetime(2026, 4, 1, tzinfo=UTC)) is None


async def test_signing_in_asks_for_a_code(ada: Person, visitor: Visitor, clock: ManualClock, owner_db: Any) -> None:
    offer = (await ada.post("/api/me/totp")).json()
    assert offer["qr"].startswith("data:image/svg+xml")
    assert "script" not in offer["qr"]
    assert offer["uri"].startswith("otpauth://totp/Kizuna%20Aoyama%20Tea:ada%40example.com?")
    assert (await visitor.post("/api/session", json={"email": ada.email, "password": PASSWORD})).status_code == 201
    app = Authenticator(offer["secret"], clock)
    codes = (await ada.post("/api/me/totp/confirm", json={"code": app.code})).json()["codes"]
    assert len(set(codes)) == rules.RECOVERY_CODES
    assert (await ada.get("/api/me")).json()["member"]["totp"] is True
    assert (await visitor.get("/api/me")).status_code == 401  # was signed in without it

    clock.advance(STEP)
    ticket = await first_step(visitor, ada)
    assert (await visitor.get("/api/me")).status_code == 401
    answer = await visitor.post("/api/session/code", json={"ticket": ticket, "code": app.code})
    assert (answer.status_code, answer.json()["member"]["name"]) == (201, "Ada")
    assert (await visitor.get("/api/me")).status_code == 200

    rows = owner_db.execute("SELECT workspace_totp::text || workspace_recovery_codes::text FROM workspace_totp, "
                            "workspace_recovery_codes").fetchall()  # fmt: skip
    assert len(rows) == rules.RECOVERY_CODES
    assert not any(app.secret.hex() in row[0] or codes[0].replace("-", "") in row[0] for row in rows)
    actions = [entry["action"] for entry in (await ada.get("/api/workspace/audit")).json()["items"]]
    assert "member.totp_on" in actions


async def test_a_code_works_once(ada: Person, visitor: Visitor, clock: ManualClock) -> None:
    app, _ = await enrol(ada, clock)
    ticket = await first_step(visitor, ada)
    again = await visitor.post("/api/session/code", json={"ticket": ticket, "code": app.code})
    assert (again.status_code, again.json()["code"]) == (401, "ticket_over")  # used within this very moment
    clock.advance(STEP)
    ticket, code = await first_step(visitor, ada), app.code
    answers = await asyncio.gather(
        *(visitor.post("/api/session/code", json={"ticket": ticket, "code": code}) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]
    clock.advance(timedelta(seconds=5))
    ticket = await first_step(visitor, ada)
    seen = await visitor.post("/api/session/code", json={"ticket": ticket, "code": code})
    assert (seen.status_code, seen.json()["code"]) == (401, "code_wrong")


async def test_a_ticket_is_short_lived_single_use_and_signed(
    ada: Person, dan: Person, visitor: Visitor, clock: ManualClock
) -> None:
    app, codes = await enrol(ada, clock)
    clock.advance(STEP)
    ticket = await first_step(visitor, ada)
    body, _, signature = ticket.partition(".")
    for forged in ("", "x", "é.é", body, f"{body}x.{signature}", f"{body}.{signature[::-1]}", "a" * 5000):
        answer = await visitor.post("/api/session/code", json={"ticket": forged, "code": app.code})
        assert (answer.status_code, answer.json()["code"]) == (401, "ticket_over"), forged
    clock.advance(CODE_TICKET_LIFE)
    late = await visitor.post("/api/session/code", json={"ticket": ticket, "code": app.code})
    assert late.json()["code"] == "ticket_over"
    ticket = await first_step(visitor, ada)
    assert (await visitor.post("/api/session/code", json={"ticket": ticket, "code": app.code})).status_code == 201
    twice = await visitor.post("/api/session/code", json={"ticket": ticket, "code": codes[0]})
    assert twice.json()["code"] == "ticket_over"


async def test_guesses_get_slower_whatever_the_password(ada: Person, visitor: Visitor, clock: ManualClock) -> None:
    app, _ = await enrol(ada, clock)
    clock.advance(STEP)
    wrong = f"{(int(app.code) + 1) % 10**6:06}"
    for _ in range(limits.FREE_FAILURES_EMAIL):
        ticket = await first_step(visitor, ada)
        answer = await visitor.post("/api/session/code", json={"ticket": ticket, "code": wrong})
        assert answer.status_code == 401
    ticket = await first_step(visitor, ada)
    refused = await visitor.post("/api/session/code", json={"ticket": ticket, "code": app.code})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    clock.advance(limits.FIRST_WAIT)
    assert (await visitor.post("/api/session/code", json={"ticket": ticket, "code": app.code})).status_code == 201


async def test_a_recovery_code_works_once(ada: Person, visitor: Visitor, clock: ManualClock) -> None:
    _, codes = await enrol(ada, clock)
    clock.advance(STEP)
    ticket = await first_step(visitor, ada)
    typed = codes[3].upper().replace("-", " ")
    assert (await visitor.post("/api/session/code", json={"ticket": ticket, "code": typed})).status_code == 201
    clock.advance(STEP)
    ticket = await first_step(visitor, ada)
    again = await visitor.post("/api/session/code", json={"ticket": ticket, "code": codes[3]})
    assert again.json()["code"] == "code_wrong"
    assert (await ada.get("/api/me/totp")).json()["recovery_codes_left"] == rules.RECOVERY_CODES - 1
    (entry,) = (await ada.get("/api/workspace/audit?action=member.recovery_code_used")).json()["items"]
    assert entry["summary"] == "“Ada” used a recovery code; 9 are left"


async def test_new_recovery_codes_replace_the_old(ada: Person, visitor: Visitor, clock: ManualClock) -> None:
    app, old = await enrol(ada, clock)
    clock.advance(STEP)
    new = (await ada.post("/api/me/totp/recovery-codes", json={"code": app.code})).json()["codes"]
    assert not set(new) & set(old)
    clock.advance(STEP)
    ticket = await first_step(visitor, ada)
    refused = await visitor.post("/api/session/code", json={"ticket": ticket, "code": old[0]})
    assert refused.json()["code"] == "code_wrong"
    assert (await visitor.post("/api/session/code", json={"ticket": ticket, "code": new[0]})).status_code == 201


async def test_switching_off_needs_password_and_code(ada: Person, visitor: Visitor, clock: ManualClock) -> None:
    app, _ = await enrol(ada, clock)
    clock.advance(STEP)
    for body in ({"password": "wrong horse battery", "code": app.code}, {"password": PASSWORD, "code": "000000"}):
        assert (await ada.post("/api/me/totp/off", json=body)).status_code == 422
    body = {"password": PASSWORD, "code": app.code}
    assert (await ada.post("/api/me/totp/off", json=body)).status_code == 204
    assert (await visitor.post("/api/session", json={"email": ada.email, "password": PASSWORD})).status_code == 201


async def test_a_working_app_is_not_replaced(ada: Person, clock: ManualClock) -> None:
    await enrol(ada, clock)
    assert (await ada.post("/api/me/totp")).json()["code"] == "totp_on"
    assert (await ada.post("/api/me/totp/confirm", json={"code": "123456"})).json()["code"] == "totp_not_started"


async def test_a_workspace_can_demand_it(
    app: Litestar, runtime: Runtime, ada: Person, ben: Person, visitor: Visitor, clock: ManualClock
) -> None:
    key = (await ada.post("/api/workspace/keys", json={"name": "K", "scopes": ["workspace.read"]})).json()["secret"]
    await enrol(ada, clock)
    answer = await ada.patch("/api/workspace/sign-in", json={"require_totp": True})
    assert (answer.json()["require_totp"], answer.json()["members_without_totp"]) == (True, 1)
    me = (await ben.get("/api/me")).json()
    assert (me["enrolment_due"], me["permissions"]) == (True, [])
    for path in ("/api/workspace", "/api/workspace/members", "/api/me/sessions", "/api/profiles", "/api/jobs"):
        refused = await ben.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "enrolment_due"), path
    bearer = {"Authorization": f"Bearer {key}"}
    assert (await visitor.get("/api/workspace", headers=bearer)).status_code == 200  # programs have no phone
    bens_app, _ = await enrol(ben, clock)
    assert (await ben.get("/api/workspace")).status_code == 200
    clock.advance(STEP)
    off = await ben.post("/api/me/totp/off", json={"password": PASSWORD, "code": bens_app.code})
    assert off.json()["code"] == "totp_required"


async def test_a_lost_phone_is_taken_away_by_an_admin(
    app: Litestar, runtime: Runtime, ada: Person, ben: Person, dan: Person, visitor: Visitor, clock: ManualClock
) -> None:
    await enrol(ben, clock)
    await enrol(ada, clock)
    path = f"/api/workspace/members/{ben.member_id}/totp"
    assert (await dan.delete(path)).status_code == 404
    assert (await ben.delete(path)).json()["code"] == "no_permission"
    async with await sign_in(app, runtime, ada.workspace_id, "Abe", "admin") as abe:
        assert (await abe.delete(f"/api/workspace/members/{ada.member_id}/totp")).json()["code"] == "role_too_high"
        assert (await abe.delete(path)).status_code == 204
        assert (await abe.delete(path)).json()["code"] == "totp_not_on"
    assert (await ada.delete(f"/api/workspace/members/{ada.member_id}/totp")).json()["code"] == "own_totp"
    assert (await ben.get("/api/me")).status_code == 401
    body = {"email": ben.email, "password": PASSWORD}
    assert (await visitor.post("/api/session", json=body)).status_code == 201
    (entry,) = (await ada.get("/api/workspace/audit?action=member.totp_reset")).json()["items"]
    assert entry["actor"]["name"] == "Abe"


async def test_who_has_it_is_told_to_those_who_manage(ada: Person, ben: Person, clock: ManualClock) -> None:
    await enrol(ben, clock)
    assert [one["totp"] for one in (await ada.get("/api/workspace/members")).json()["items"]] == [False, True]
    assert [one["totp"] for one in (await ben.get("/api/workspace/members")).json()["items"]] == [None, None]
