"""Every operation of the API against everybody who asks: who may not gets nothing and changes nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from litestar import Litestar

from kizuna.kernel.context import Runtime
from tests.attack import tally
from tests.attack.askers import ROLES, Asker, members, outsiders
from tests.attack.fingerprint import differences, fingerprint
from tests.attack.operations import HIDDEN, Operation, list_operations, list_routes
from tests.attack.planter import Planted, Planter
from tests.cast import Person

CANARY = re.compile(r"kzcanary([a-z])\d+x")

OPEN_ANSWERS = {
    "workspace_read_setup": "tells whether the wizard is open, and lists of time zones",
    "workspace_request_reset": "the same answer to every address",
    "collect_send_by_picture": "a picture, whatever happens",
    "workspace_list_providers": "which providers may be offered to an address; tests/domains/workspace has its limits",
    "POST /p/preferences": "the same answer to every address",
} | {name: reason for name, reason in HIDDEN.items() if name.startswith("GET ")}
"""Operations that ask nobody who they are and answer success, and why that tells nothing."""

NOT_FOR_OWNERS = {
    "workspace_set_up": "there is a workspace already",
    "workspace_open_session": "the request has a wrong password, as those of the others",
    "analytics_cancel_sql": "no query is running",
    "analytics_add_schedule": "mail is not set up",
    "analytics_explain_score": "no model was trained",
    "workspace_enter_code": "the ticket is forged",
    "workspace_begin_provider": "the workspace has none",
    "workspace_return_from_provider": "the state is forged",
    "workspace_confirm_totp": "the code is wrong",
    "workspace_renew_recovery_codes": "the code is wrong",
    "workspace_switch_totp_off": "the code is wrong",
    "workspace_reset_totp": "the member has none",
    "workspace_release_provider_link": "the member has none",
    "workspace_save_provider": "the provider is not https; none is called from here",
    "workspace_remove_provider": "the workspace has none",
    "workspace_end_my_session": "all other sessions ended the moment before",
    "privacy_make_archive_link": "no archive was made",
    "privacy_ask_opt_in": "mail is not set up",
    "collect_ask_opt_in": "mail is not set up",
} | HIDDEN
"""Operations at which even a well-formed request of the owner does not succeed here, and why."""

Plan = list[tuple[Operation, Planted]]


@dataclass
class World:
    """Ada's workspace full of things, and Dan's beside it."""

    operations: list[Operation]
    ada: Planter
    dan: Planter
    db: psycopg.Connection[Any]
    holes: list[str] = field(default_factory=list[str])

    async def plan(self, wanted: Callable[[Operation], bool] = lambda _: True) -> Plan:
        return [(operation, await self.ada.plant(operation)) for operation in self.operations if wanted(operation)]

    def look(self) -> dict[str, str]:
        return fingerprint(self.db, self.ada.runtime.settings, self.ada.owner.workspace_id)

    def check(self, true: bool, asker: Asker, operation: Operation, answer: httpx.Response, wrong: str) -> None:
        if not true:
            self.holes.append(f"{asker.name}: {operation.name}: {wrong} ({answer.status_code} {answer.text[:200]!r})")


@pytest.fixture
async def world(app: Litestar, runtime: Runtime, ada: Person, dan: Person, owner_db: psycopg.Connection[Any]) -> World:
    hers, his = (Planter(owner, app, runtime, owner_db, letter) for owner, letter in ((ada, "a"), (dan, "d")))
    await his.person()
    return World(list_operations(app), hers, his, owner_db)


def leaks(world: World, answer: httpx.Response, letter: str) -> set[str]:
    """Planted texts and secrets of Ada's in an answer, without those that the request itself brought."""
    sent = f"{answer.request.url} {answer.request.headers} {answer.request.content.decode('utf-8', 'replace')}"
    got = f"{answer.headers} {answer.content.decode('utf-8', 'replace')}"
    found = {match[0] for match in CANARY.finditer(got) if match[1] == letter}
    found |= {secret for secret in world.ada.secrets if secret in got}
    return {text for text in found if text not in sent}


async def attack(world: World, asker: Asker, plan: Plan, *, watch: bool = False) -> None:
    """Asks for everything that is not the asker's. With ``watch`` names the operation that changed something."""
    before = world.look() if watch else {}
    for operation, planted in plan:
        if asker.may(operation) and not asker.foreign and (operation.guarded or operation.write_key):
            continue
        answer = await asker.ask(operation, planted)
        tally.note(asker.name, operation.id)
        check_refused(world, asker, operation, planted, answer)
        if watch and (changed := differences(before, world.look())):
            world.check(False, asker, operation, answer, f"changed {changed}")
            before = world.look()


def check_refused(world: World, asker: Asker, operation: Operation, planted: Planted, answer: httpx.Response) -> None:
    status = answer.status_code
    world.check(status < 500, asker, operation, answer, "broke")
    world.check(not (found := leaks(world, answer, "a")), asker, operation, answer, f"told {sorted(found)[:3]}")
    if operation.guarded and not asker.may(operation):
        code = answer.json().get("code")
        signed_in = asker.permissions is not None
        wanted = (403, "csrf" if asker.forged else "no_permission") if signed_in else (401, "not_signed_in")
        world.check((status, code) == wanted, asker, operation, answer, f"was not refused with {wanted}")
    elif operation.guarded and planted.names_things:
        world.check(status >= 400, asker, operation, answer, "reached what belongs to another workspace")
    elif not operation.guarded and operation.id not in OPEN_ANSWERS:
        world.check(status >= 400, asker, operation, answer, "came in without proof")


async def attack_and_compare(world: World, asker: Asker, plan: Plan) -> None:
    before = world.look()
    await attack(world, asker, plan)
    if changed := differences(before, world.look()):
        world.holes.append(f"{asker.name}: changed {changed}")
        await attack(world, asker, await world.plan(), watch=True)  # slowly, to find by which operation


async def test_who_has_no_business_here_gets_and_changes_nothing(world: World) -> None:
    plan = await world.plan()
    async with outsiders(world.ada, world.dan) as askers:
        for asker in askers:
            await attack_and_compare(world, asker, plan)
    assert not world.holes, "\n".join(world.holes)


async def test_a_role_that_lacks_the_permission_gets_and_changes_nothing(world: World) -> None:
    plan = await world.plan()
    async with members(world.ada) as askers:
        for asker in askers.values():
            await attack_and_compare(world, asker, plan)
    assert not world.holes, "\n".join(world.holes)


async def test_a_role_does_what_its_permissions_say(world: World) -> None:
    """The other side: the requests are well-formed and what they name is there, or refusing them shows nothing."""
    async with members(world.ada) as askers:
        for role in reversed(ROLES):  # the owner is the last, because signing out is
            asker = askers[role]
            for operation, planted in await world.plan(lambda one, asker=asker: one.guarded and asker.may(one)):
                await check_allowed(world, asker, operation, planted)
    assert not world.holes, "\n".join(world.holes)


async def check_allowed(world: World, asker: Asker, operation: Operation, planted: Planted) -> None:
    answer = await asker.ask(operation, planted, proof=True)
    tally.note(asker.name, operation.id)
    world.check(answer.status_code < 500, asker, operation, answer, "broke")
    refused = answer.status_code == 401 or (answer.status_code == 403 and answer.json()["code"] == "no_permission")
    world.check(not refused, asker, operation, answer, "was refused, though the role has the permission")
    if asker.name == "owner" and operation.id not in NOT_FOR_OWNERS:
        wrong = "does not succeed; plant what it needs in tests/attack/factories, or a body that fits"
        world.check(answer.is_success, asker, operation, answer, wrong)


async def test_proof_opens_what_needs_no_session(world: World) -> None:
    """Tokens and signatures: with the proof it works, so that failing without it means something."""
    async with outsiders(world.ada, world.dan) as askers:
        sender = next(one for one in askers if one.may_send)
        nobody = next(one for one in askers if one.name == "nobody")
        for operation, planted in await world.plan(lambda one: not one.guarded and one.id not in NOT_FOR_OWNERS):
            asker = sender if operation.write_key else nobody
            answer = await asker.ask(operation, planted, proof=True)
            tally.note(asker.name, operation.id)
            world.check(answer.is_success, asker, operation, answer, "does not work with its proof")
    assert not world.holes, "\n".join(world.holes)


async def test_lists_of_dan_hold_what_is_dans(world: World) -> None:
    """And not nothing: a list that is always empty would leak nothing either."""
    planted = {operation.name: await world.dan.plant(operation) for operation in world.operations}
    await world.plan()
    found = 0
    for operation in world.operations:
        if operation.guarded and operation.method == "GET" and not operation.parameters:
            answer = await world.dan.owner.get(operation.path, params=planted[operation.name].query)
            assert answer.is_success, operation.name
            assert not leaks(world, answer, "a"), operation.name
            found += bool(CANARY.search(answer.text))
    assert found >= 10


async def test_another_site_reads_nothing(world: World) -> None:
    """Its requests carry Ada's cookie, so the answer must not be given to its page."""
    plan = await world.plan(lambda one: one.guarded and one.is_safe)
    async with outsiders(world.ada, world.dan) as askers:
        forger = next(one for one in askers if one.forged)
        for operation, planted in plan:
            answer = await forger.ask(operation, planted)
            tally.note(forger.name, operation.id)
            given = [name for name in answer.headers if name.startswith("access-control-")]
            world.check(not given, forger, operation, answer, f"is shared by {given}")
    assert not world.holes, "\n".join(world.holes)


def test_every_route_is_attacked(app: Litestar) -> None:
    known = {operation.name for operation in list_operations(app)}
    missing = list_routes(app) - known
    assert not missing, f"not in the document: {sorted(missing)}; describe them, or list them in HIDDEN with a reason"
    assert set(HIDDEN) <= list_routes(app)


def test_the_document_names_the_permission_that_the_guard_asks(app: Litestar, runtime: Runtime) -> None:
    for operation in list_operations(app):
        said = re.search(r"Needs `([a-z.]+)`\.$", operation.spec.get("description", ""))
        assert (said[1] if said else None) == operation.permission, operation.name
        assert operation.permission is None or operation.permission in runtime.registry.permissions
