"""Roles, and who may give them to whom."""

from collections.abc import Set as AbstractSet
from typing import get_args

from kizuna.domains.workspace.contracts import Role

ROLES: tuple[Role, ...] = get_args(Role)

DOORS: tuple[tuple[str, str | None], ...] = (
    ("home", None),
    ("customers", "profiles.read"),
    ("insight", "sql.run"),
    ("settings", None),
)
"""Doors of the admin app that have a room, with the permission that opens each."""


def doors_for(permissions: AbstractSet[str]) -> list[str]:
    return [door for door, needed in DOORS if needed is None or needed in permissions]


def may_govern(
    actor_role: Role | None, actor_permissions: AbstractSet[str], role: Role, role_permissions: AbstractSet[str]
) -> bool:
    """Whether an actor may give ``role``, or change a member who has it.

    Only owners govern owners. Below that nobody governs a role that can do what they cannot
    themselves, or a key with one permission could make itself an admin.
    ``actor_role`` is None for API keys.
    """
    if role == "owner":
        return actor_role == "owner"
    return role_permissions <= actor_permissions
