"""Tries that get slower: passwords by e-mail address, codes by member, both by where they come from."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from kizuna.domains.workspace.repository import sessions
from kizuna.domains.workspace.rules import sign_in as rules
from kizuna.domains.workspace.service.passwords import hash_token
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Limit


@dataclass(frozen=True, slots=True)
class Throttled:
    """Whose tries are counted. Codes are counted apart from passwords: a right password must not make
    guesses of codes free again."""

    kind: Literal["email", "code"]
    subject: str
    ip: str

    @property
    def keys(self) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
        return (
            (hash_token(f"{self.kind}:{self.subject.strip().lower()}"), rules.FREE_FAILURES_EMAIL),
            (hash_token(f"ip:{self.ip}"), rules.FREE_FAILURES_IP),
        )


def password_of(email: str, ip: str) -> Throttled:
    return Throttled("email", email, ip)


def code_of(workspace_id: int, member_id: int, ip: str) -> Throttled:
    return Throttled("code", f"{workspace_id}/{member_id}", ip)


async def count_attempt(runtime: Runtime, throttled: Throttled) -> None:
    """Counts a try for the subject and the address. Raises ``Limit`` while either must wait."""
    now = runtime.clock.now()
    for key, free in throttled.keys:
        async with runtime.database.transaction("auth") as db:
            failures = await sessions.count_attempt(db, key, now, now - rules.FORGET_FAILURES)
            if failures is not None and (wait := rules.wait_after(failures, free)):
                await sessions.block_until(db, key, now + wait)
            until = await sessions.blocked_until(db, key) if failures is None else None
        if failures is None:
            wait_s = max(1, ceil((until - now).total_seconds())) if until else 1
            raise Limit(
                "too_many_attempts",
                f"Too many failed tries; wait {wait_s} s and try again.",
                retry_after_s=wait_s,
            )


async def forgive_attempts(runtime: Runtime, throttled: Throttled) -> None:
    (subject_key, _), (ip_key, _) = throttled.keys
    async with runtime.database.transaction("auth") as db:
        await sessions.forgive(db, subject_key)
        await sessions.take_back_attempt(db, ip_key)
