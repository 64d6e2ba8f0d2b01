"""Letters as a store of personal data."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from kizuna.domains.privacy.repository import letters as repository
from kizuna.domains.privacy.service.addresses import EMAIL, hash_address, unseal_address
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.person import Person, PersonStore


def _hashes(ctx: Context, people: Sequence[Person]) -> list[bytes]:
    return [hash_address(ctx, value) for one in people for type_, value in one.identifiers if type_ == EMAIL]


async def erase(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    async with runtime.unit(workspace_id) as ctx:
        keys = [key for one in people for key in one.keys]
        return await repository.erase_letters(ctx, keys, _hashes(ctx, people))


async def tell(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    async with runtime.unit(workspace_id) as ctx:
        rows = await repository.read_letters_of(ctx, person.keys, _hashes(ctx, [person]))
        told = [
            {
                "kind": row.kind,
                "address": unseal_address(ctx, row.address),
                "purpose": row.purpose,
                "channels": row.channels,
                "language": row.language,
                "made_at": row.made_at.isoformat(),
                "sent_at": row.sent_at.isoformat() if row.sent_at else None,
                "used_at": row.used_at.isoformat() if row.used_at else None,
            }
            for row in rows
        ]
    for one in told:
        yield one


LETTERS = PersonStore("privacy.letters", "Letters that ask or bring a link", erase, tell)
