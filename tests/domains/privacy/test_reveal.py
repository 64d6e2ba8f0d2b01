"""Masked values shown for a reason, and lists that leave as files."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Person
from tests.domains.privacy.conftest import CONTACT, SENSITIVE
from tests.domains.profiles.crowd import Crowd

from kizuna.app.worker import run_jobs_once
from kizuna.domains.privacy.service import fields
from kizuna.domains.workspace.contracts import Role
from kizuna.domains.workspace.service.housekeeping import clean_up
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime

Join = Callable[[Role], Any]
WHY = {"reason": "She asks about her allergy", "purpose": "support"}


async def test_a_reveal_is_answered_once_and_written_down(taro: dict[str, Any], ada: Person, member: Join) -> None:
    agent: Person = await member("agent")
    path = f"/api/profiles/{taro['id']}/reveal"
    answer = await agent.post(path, json={"fields": ["traits.religion", "identifiers.email"], **WHY})
    assert answer.status_code == 200, answer.text
    assert answer.json()["values"] == {
        "traits.religion": "Zoroastrian",
        "identifiers.email": ["taro.secret@example.jp"],
    }
    shown = (await agent.get(f"/api/profiles/{taro['id']}")).text
    assert "Zoroastrian" not in shown
    (entry,) = (await ada.get("/api/workspace/audit", params={"action": "profile.revealed"})).json()["items"]
    assert (entry["actor"]["name"], entry["target_id"]) == ("Agent", taro["id"])
    assert entry["after"] == {"fields": ["identifiers.email", "traits.religion"], **WHY}
    written = json.dumps(entry, ensure_ascii=False)
    assert [value for value in CONTACT | SENSITIVE if value in written] == []


async def test_a_reveal_needs_its_permission_and_a_reason(
    taro: dict[str, Any], dan: Person, ada: Person, member: Join
) -> None:
    path = f"/api/profiles/{taro['id']}/reveal"
    for role in ("viewer", "analyst"):
        assert (await (await member(role)).post(path, json={"fields": ["email"], **WHY})).status_code == 403
    assert (await dan.post(path, json={"fields": ["email"], **WHY})).status_code == 404
    for wrong in (
        {"fields": ["email"]},
        {"fields": ["email"], "reason": "why"},
        {"fields": ["email"], "reason": "       "},
        {"fields": [], **WHY},
    ):
        assert (await ada.post(path, json=wrong)).status_code == 400, wrong
    unknown = await ada.post(path, json={"fields": ["traits.nothing", "email"], **WHY})
    assert (unknown.status_code, [one["field"] for one in unknown.json()["errors"]]) == (422, ["traits.nothing"])
    assert (await ada.get("/api/workspace/audit", params={"action": "profile.revealed"})).json()["items"] == []


async def test_only_so_many_customers_are_revealed_an_hour(
    ada: Person, cleo: Person, runtime: Runtime, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "REVEALS_PER_HOUR_MAX", 2)
    crowd = Crowd(runtime, ada.workspace_id)
    ids: list[str] = []
    for number in range(3):
        await crowd.see([("user_id", f"u-{number}")])
        ids.append(str(await crowd.profile_id("user_id", f"u-{number}")))

    async def reveal(person: Person, number: int) -> int:
        answer = await person.post(f"/api/profiles/{ids[number]}/reveal", json={"fields": ["user_id"], **WHY})
        return answer.status_code

    # The same customer again costs nothing; another member has a limit of their own.
    assert [await reveal(cleo, number) for number in (0, 1, 0, 2)] == [200, 200, 200, 429]
    assert await reveal(ada, 2) == 200
    clock.advance(timedelta(minutes=61))
    assert await reveal(cleo, 2) == 200


async def export(person: Person, runtime: Runtime, database_url: str, **more: Any) -> dict[str, Any]:
    columns = ["name", "email", "traits.religion", "traits.plan"]
    order = {"columns": columns, "reason": "Cards for the spring sale", **more}
    started = await person.post("/api/profiles/exports", json=order)
    assert started.status_code == 202, started.text
    await run_jobs_once(runtime, database_url)
    job = (await person.get(f"/api/jobs/{started.json()['id']}")).json()
    assert job["state"] == "done", job
    return job


def unpack(archive: bytes) -> tuple[list[list[str]], str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.namelist() == ["README.txt", "profiles.csv"]
        table = opened.read("profiles.csv").decode("utf-8-sig")
        return list(csv.reader(io.StringIO(table))), opened.read("README.txt").decode("utf-8-sig")


ROWS: dict[Role, list[str]] = {
    "owner": ["山田太郎", "taro.secret@example.jp", "Zoroastrian", "gold"],
    "marketer": ["山田太郎", "taro.secret@example.jp", "•••", "gold"],
    "analyst": ["山◯", "t•••@example.jp", "•••", "gold"],
}


@pytest.mark.parametrize("role", list(ROWS))
async def test_an_export_says_why_and_masks_what_its_maker_does_not_see(
    role: Role, taro: dict[str, Any], ada: Person, runtime: Runtime, database_url: str, member: Join
) -> None:
    person: Person = await member(role)
    job = await export(person, runtime, database_url, purpose="personalisation")
    table, note = unpack((await person.get(f"/api/jobs/{job['id']}/file")).content)
    assert table[1:] == [ROWS[role]]
    for line in (
        f"Made by: {person.name}",
        "Made at: 2026-04-01 18:00 (Asia/Tokyo)",
        "Reason: Cards for the spring sale",
        "Purpose: personalisation",
        "Rows: 1",
        "removed on 2026-04-08",
    ):
        assert line in note
    masked = [name for name, cell in zip(table[0], table[1], strict=True) if "•" in cell or "◯" in cell]
    assert f"Masked: {', '.join(sorted(masked)) or '–'}" in note
    entries = (await ada.get("/api/workspace/audit")).json()["items"]
    made = next(one for one in entries if one["action"] == "profiles.exported")
    assert (made["after"]["reason"], made["after"]["purpose"]) == ("Cards for the spring sale", "personalisation")
    assert "job.file_downloaded" in {one["action"] for one in entries}


async def test_an_export_is_opened_only_by_those_who_see_as_much(
    taro: dict[str, Any], ada: Person, runtime: Runtime, database_url: str, member: Join
) -> None:
    marketer, analyst = await member("marketer"), await member("analyst")
    marketers = await export(marketer, runtime, database_url)
    adas = await export(ada, runtime, database_url)
    assert (await analyst.get(f"/api/jobs/{marketers['id']}/file")).status_code == 403
    assert (await marketer.get(f"/api/jobs/{adas['id']}/file")).status_code == 403
    assert (await ada.get(f"/api/jobs/{marketers['id']}/file")).status_code == 200


async def test_a_search_of_an_export_tells_nothing_either(
    taro: dict[str, Any], runtime: Runtime, database_url: str, member: Join
) -> None:
    analyst: Person = await member("analyst")
    job = await export(analyst, runtime, database_url, search="taro.secret")
    assert job["result"] == {"rows": 0, "withheld": 0}


async def test_an_export_is_gone_after_a_week(
    taro: dict[str, Any], ada: Person, runtime: Runtime, database_url: str, clock: ManualClock
) -> None:
    job = await export(ada, runtime, database_url)
    folder = runtime.settings.blobs_dir / "exports" / str(ada.workspace_id)
    assert [path.suffix for path in folder.iterdir()] == [".zip"]
    clock.advance(timedelta(days=6))
    await clean_up(runtime)
    assert (await ada.get(f"/api/jobs/{job['id']}/file")).status_code == 200
    clock.advance(timedelta(days=2))
    await clean_up(runtime)
    assert list(folder.iterdir()) == []
    assert (await ada.get(f"/api/jobs/{job['id']}")).json()["file"] is False
    assert (await ada.get(f"/api/jobs/{job['id']}/file")).status_code == 404


async def test_an_export_asks_for_a_reason(ada: Person) -> None:
    for order in ({}, {"reason": "x"}, {"reason": "Valid reason", "purpose": "No Key"}):
        assert (await ada.post("/api/profiles/exports", json=order)).status_code == 400, order


async def test_a_mask_is_not_saved_as_a_value(taro: dict[str, Any], member: Join) -> None:
    agent: Person = await member("agent")
    path = f"/api/profiles/{taro['id']}/traits"
    refused = await agent.patch(path, json={"religion": "•••"})
    assert (refused.status_code, refused.json()["code"]) == (422, "trait_masked")
    assert (await agent.patch(path, json={"religion": "Shinto"})).status_code == 200
