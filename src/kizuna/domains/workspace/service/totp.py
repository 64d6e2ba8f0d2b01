"""The second factor of a member: an authenticator app, and codes for when the phone is lost."""

from dataclasses import dataclass
from datetime import datetime

from kizuna.domains.workspace.repository import members, sessions, sign_in, totp
from kizuna.domains.workspace.repository.members import MemberRow
from kizuna.domains.workspace.rules import totp as rules
from kizuna.domains.workspace.rules.inputs import PASSWORD_CHARS_MAX, check_email
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.domains.workspace.service.governing import check_governs
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.members import load_acting_member, load_member
from kizuna.domains.workspace.service.passwords import verify_password
from kizuna.domains.workspace.service.throttle import code_of, count_attempt, forgive_attempts, password_of
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Conflict, Forbidden, Invalid, NotFound

PURPOSE = "totp"
RECOVERY_PURPOSE = "totp.recovery"
WRONG_CODE = "The code is wrong, or was used already; wait for the next one."


@dataclass(frozen=True, slots=True)
class TotpState:
    since: datetime | None
    recovery_codes_left: int
    required: bool


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """``qr`` is an SVG picture as a data URI."""

    secret: str
    uri: str
    qr: str


async def read_state(ctx: Context) -> TotpState:
    member = await load_acting_member(ctx)
    row = await totp.find(ctx.db, ctx.workspace.id, member.id)
    policy = await sign_in.load_policy(ctx.db, ctx.workspace.id)
    since = row.confirmed_at if row else None
    left = await totp.count_recovery_codes(ctx.db, ctx.workspace.id, member.id) if since else 0
    return TotpState(since, left, policy.require_totp)


async def start_enrolment(ctx: Context) -> TotpOffer:
    """A new secret, which counts once it is confirmed by a code of it."""
    member = await load_acting_member(ctx)
    secret = rules.new_secret()
    sealed = ctx.settings.vault.seal(secret, PURPOSE)
    if not await totp.offer(ctx.db, ctx.workspace.id, member.id, sealed, ctx.clock.now()):
        raise Conflict("totp_on", "You use an authenticator app already; switch it off to set up another one.")
    uri = rules.make_uri(secret, member.email, f"Kizuna {ctx.workspace.name}")
    return TotpOffer(rules.show_secret(secret), uri, _draw(uri))


def _draw(uri: str) -> str:
    import segno

    return segno.make(uri, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")


async def confirm_enrolment(ctx: Context, code: str, ip: str, session_id: str | None) -> list[str]:
    """Switches the second factor on and gives recovery codes. Ends sessions that were opened without it."""
    member = await load_acting_member(ctx)
    row = await totp.find(ctx.db, ctx.workspace.id, member.id)
    if row is None or row.confirmed_at is not None:
        raise Conflict("totp_not_started", "There is nothing to confirm; start again.")
    await _check_code(ctx, member, code, ip)
    await sessions.delete_sessions_of(ctx.db, ctx.workspace.id, member.id, session_id)
    summary = f"“{member.name}” set up an authenticator app"
    await record_audit(ctx, "member.totp_on", "member", member.id, summary)
    return await _make_recovery_codes(ctx, member)


async def renew_recovery_codes(ctx: Context, code: str, ip: str) -> list[str]:
    """Ten new codes; the old ones stop working."""
    member = await load_acting_member(ctx)
    if not member.totp:
        raise Conflict("totp_not_on", "You do not use an authenticator app.")
    await _check_code(ctx, member, code, ip)
    summary = f"“{member.name}” made new recovery codes"
    await record_audit(ctx, "member.recovery_codes_made", "member", member.id, summary)
    return await _make_recovery_codes(ctx, member)


async def switch_off(ctx: Context, password: str, code: str, ip: str) -> None:
    """Needs the password, where the member has one, and a code."""
    member = await load_acting_member(ctx)
    if not member.totp:
        raise Conflict("totp_not_on", "You do not use an authenticator app.")
    if (await sign_in.load_policy(ctx.db, ctx.workspace.id)).require_totp:
        raise Conflict("totp_required", "Your workspace asks every member for an authenticator app; it stays on.")
    throttled = password_of(member.email, ip)
    await count_attempt(ctx.runtime, throttled)
    fits = len(password) <= PASSWORD_CHARS_MAX and await verify_password(member.password_hash, password)
    if member.password_hash and not fits:
        message = "The present password is wrong."
        raise Invalid("password_wrong", message, fields={"password": message})
    await forgive_attempts(ctx.runtime, throttled)
    await _check_code(ctx, member, code, ip)
    await totp.delete(ctx.db, ctx.workspace.id, member.id)
    summary = f"“{member.name}” switched the authenticator app off"
    await record_audit(ctx, "member.totp_off", "member", member.id, summary)


async def reset_totp(ctx: Context, member_id: int) -> None:
    """For a member who lost phone and codes: takes the factor away and ends all sessions."""
    member = await load_member(ctx, member_id)
    await check_governs(ctx, member.role)
    if ctx.actor.kind == "member" and ctx.actor.id == str(member_id):
        raise Forbidden("own_totp", "Switch your own authenticator app off in your account, with a code.")
    if not await totp.delete(ctx.db, ctx.workspace.id, member_id):
        raise Conflict("totp_not_on", f"{member.name} does not use an authenticator app.")
    await sessions.delete_sessions_of(ctx.db, ctx.workspace.id, member_id)
    summary = f"Took the authenticator app of “{member.name}” away"
    await record_audit(ctx, "member.totp_reset", "member", member_id, summary)


async def use_code(ctx: Context, member: MemberRow, code: str) -> bool:
    """Whether the app or a recovery code says so; either is used up."""
    row = await totp.find(ctx.db, ctx.workspace.id, member.id)
    if row is None:
        return False
    now = ctx.clock.now()
    step = rules.find_step(ctx.settings.vault.unseal(row.secret_sealed, PURPOSE), code, now)
    if step is not None:
        return await totp.use_step(ctx.db, ctx.workspace.id, member.id, step, now)
    plain = rules.read_recovery_code(code)
    if plain is None or row.confirmed_at is None:
        return False
    if not await totp.use_recovery_code(ctx.db, ctx.workspace.id, member.id, _hash(ctx, plain)):
        return False
    await totp.note_use(ctx.db, ctx.workspace.id, member.id, now)
    left = await totp.count_recovery_codes(ctx.db, ctx.workspace.id, member.id)
    summary = f"“{member.name}” used a recovery code; {left} are left"
    await record_audit(ctx, "member.recovery_code_used", "member", member.id, summary)
    return True


async def _check_code(ctx: Context, member: MemberRow, code: str, ip: str) -> None:
    throttled = code_of(ctx.workspace.id, member.id, ip)
    await count_attempt(ctx.runtime, throttled)
    if not await use_code(ctx, member, code):
        raise Invalid("code_wrong", WRONG_CODE, fields={"code": WRONG_CODE})
    await forgive_attempts(ctx.runtime, throttled)


async def _make_recovery_codes(ctx: Context, member: MemberRow) -> list[str]:
    codes = rules.new_recovery_codes()
    hashes = [_hash(ctx, rules.read_recovery_code(code) or "") for code in codes]
    await totp.replace_recovery_codes(ctx.db, ctx.workspace.id, member.id, hashes)
    return codes


def _hash(ctx: Context, plain: str) -> bytes:
    return ctx.settings.vault.hash(plain, RECOVERY_PURPOSE)


async def reset_totp_everywhere(runtime: Runtime, email: str) -> list[str]:
    """For the command line: names of the workspaces in which the address used an authenticator app."""
    email = check_fields({"email": lambda: check_email(email)})["email"]
    async with runtime.database.transaction("auth") as db:
        candidates = await members.list_candidates(db, email)
    found = [candidate for candidate in candidates if candidate.totp]
    if not found:
        raise NotFound("totp_not_on", f"No active member with the address {email} uses an authenticator app.")
    for candidate in found:
        async with runtime.unit(candidate.workspace_id, Actor("system", None, "Command line")) as ctx:
            await reset_totp(ctx, candidate.member_id)
    return [candidate.workspace_name for candidate in found]
