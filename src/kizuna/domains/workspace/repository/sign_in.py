"""How a workspace lets people in: its policy and its provider."""

from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from kizuna.domains.workspace.contracts import Role

Db = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class PolicyRow:
    require_totp: bool = False
    networks: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """``join_role`` is what unknown people of the domains become; None keeps them out."""

    name: str
    issuer: str
    client_id: str
    client_secret_sealed: bytes
    email_domains: list[str]
    join_role: Role | None
    password_allowed: bool


@dataclass(frozen=True, slots=True)
class OfferedProvider:
    """What a visitor is shown."""

    workspace: str
    workspace_name: str
    name: str


SAVE_POLICY = """
    INSERT INTO workspace_sign_in (workspace_id, require_totp, networks)
    VALUES (%(workspace_id)s, %(require_totp)s, %(networks)s)
    ON CONFLICT (workspace_id) DO UPDATE SET require_totp = excluded.require_totp, networks = excluded.networks
"""

SAVE_PROVIDER = """
    INSERT INTO workspace_oidc (workspace_id, name, issuer, client_id, client_secret_sealed, email_domains, join_role,
        password_allowed)
    VALUES (%(workspace_id)s, %(name)s, %(issuer)s, %(client_id)s, %(client_secret_sealed)s, %(email_domains)s,
        %(join_role)s, %(password_allowed)s)
    ON CONFLICT (workspace_id) DO UPDATE SET
        name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id,
        client_secret_sealed = excluded.client_secret_sealed, email_domains = excluded.email_domains,
        join_role = excluded.join_role, password_allowed = excluded.password_allowed
"""

# Unscoped: nobody has signed in. Without a domain only an installation's single workspace answers: others
# are not to be listed by strangers.
LIST_OFFERED = """
    SELECT w.slug AS workspace, w.name AS workspace_name, o.name
    FROM workspace_oidc o JOIN workspace_workspaces w ON w.id = o.workspace_id
    WHERE %(domain)s = ANY (o.email_domains)
        OR (%(domain)s::text IS NULL AND (SELECT count(*) FROM workspace_workspaces) = 1)
    ORDER BY w.name, w.id
    LIMIT 10
"""

# Unscoped: nobody has signed in, and the slug names the workspace.
FIND_WORKSPACE = """
    SELECT w.id FROM workspace_workspaces w JOIN workspace_oidc o ON o.workspace_id = w.id WHERE w.slug = %(slug)s
"""

COUNT_WITHOUT_TOTP = """
    SELECT count(*) FROM workspace_members m
    WHERE m.workspace_id = %(workspace_id)s AND NOT m.disabled AND NOT EXISTS (
        SELECT FROM workspace_totp t
        WHERE t.workspace_id = m.workspace_id AND t.member_id = m.id AND t.confirmed_at IS NOT NULL)
"""


async def load_policy(db: Db, workspace_id: int) -> PolicyRow:
    async with db.cursor(row_factory=class_row(PolicyRow)) as cursor:
        await cursor.execute(
            "SELECT require_totp, networks FROM workspace_sign_in WHERE workspace_id = %s", (workspace_id,)
        )
        return await cursor.fetchone() or PolicyRow()


async def save_policy(db: Db, workspace_id: int, policy: PolicyRow) -> None:
    values = {"workspace_id": workspace_id, "require_totp": policy.require_totp, "networks": policy.networks}
    await db.execute(SAVE_POLICY, values)


async def load_provider(db: Db, workspace_id: int) -> ProviderRow | None:
    async with db.cursor(row_factory=class_row(ProviderRow)) as cursor:
        await cursor.execute(
            """
            SELECT name, issuer, client_id, client_secret_sealed, email_domains, join_role, password_allowed
            FROM workspace_oidc WHERE workspace_id = %s
            """,
            (workspace_id,),
        )
        return await cursor.fetchone()


async def save_provider(db: Db, workspace_id: int, provider: ProviderRow) -> None:
    await db.execute(
        SAVE_PROVIDER,
        {
            "workspace_id": workspace_id,
            "name": provider.name,
            "issuer": provider.issuer,
            "client_id": provider.client_id,
            "client_secret_sealed": provider.client_secret_sealed,
            "email_domains": provider.email_domains,
            "join_role": provider.join_role,
            "password_allowed": provider.password_allowed,
        },
    )


async def delete_provider(db: Db, workspace_id: int) -> bool:
    done = await db.execute("DELETE FROM workspace_oidc WHERE workspace_id = %s", (workspace_id,))
    return done.rowcount == 1


async def list_offered(db: Db, domain: str | None) -> list[OfferedProvider]:
    """For the role that signs people in."""
    async with db.cursor(row_factory=class_row(OfferedProvider)) as cursor:
        await cursor.execute(LIST_OFFERED, {"domain": domain})
        return await cursor.fetchall()


async def find_workspace_id(db: Db, slug: str) -> int | None:
    """The workspace of a slug that has a provider; for the role that signs people in."""
    row = await (await db.execute(FIND_WORKSPACE, {"slug": slug})).fetchone()
    return None if row is None else int(row[0])


async def count_without_totp(db: Db, workspace_id: int) -> int:
    row = await (await db.execute(COUNT_WITHOUT_TOTP, {"workspace_id": workspace_id})).fetchone()
    return int(row[0]) if row else 0


async def find_member_by_subject(db: Db, workspace_id: int, subject: str) -> int | None:
    row = await (
        await db.execute(
            "SELECT id FROM workspace_members WHERE workspace_id = %s AND oidc_subject = %s", (workspace_id, subject)
        )
    ).fetchone()
    return None if row is None else int(row[0])


async def link_subject(db: Db, workspace_id: int, member_id: int, subject: str) -> bool:
    """Ties a member to somebody at the provider; False when the member is somebody else there."""
    done = await db.execute(
        """
        UPDATE workspace_members SET oidc_subject = %(subject)s
        WHERE workspace_id = %(workspace_id)s AND id = %(id)s
            AND (oidc_subject IS NULL OR oidc_subject = %(subject)s)
        """,
        {"workspace_id": workspace_id, "id": member_id, "subject": subject},
    )
    return done.rowcount == 1


async def unlink_subject(db: Db, workspace_id: int, member_id: int) -> bool:
    """False when the member had none."""
    done = await db.execute(
        """
        UPDATE workspace_members SET oidc_subject = NULL
        WHERE workspace_id = %s AND id = %s AND oidc_subject IS NOT NULL
        """,
        (workspace_id, member_id),
    )
    return done.rowcount == 1


async def unlink_subjects(db: Db, workspace_id: int) -> None:
    """For another provider: its subjects name other people."""
    await db.execute(
        "UPDATE workspace_members SET oidc_subject = NULL WHERE workspace_id = %s AND oidc_subject IS NOT NULL",
        (workspace_id,),
    )
