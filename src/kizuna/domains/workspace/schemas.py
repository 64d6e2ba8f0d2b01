"""What goes over HTTP."""

from datetime import datetime
from typing import Any

import msgspec

from kizuna.domains.workspace.contracts import JobState, Language, Role, WeekStart


class SetupState(msgspec.Struct):
    """``needed`` is true until the first workspace is made. The lists are what the settings may hold."""

    needed: bool
    languages: list[str]
    time_zones: list[str]
    currencies: list[str]
    countries: list[str]


class SetupRequest(msgspec.Struct):
    workspace_name: str
    owner_name: str
    email: str
    password: str
    time_zone: str
    currency: str
    week_start: WeekStart
    language: Language
    country: str


class SignIn(msgspec.Struct):
    """``workspace`` (a slug) is needed only when the e-mail address belongs to several."""

    email: str
    password: str
    workspace: str | None = None


class MyMember(msgspec.Struct):
    id: int
    name: str
    email: str
    role: Role
    language: str


class WorkspaceView(msgspec.Struct):
    id: int
    name: str
    slug: str
    time_zone: str
    currency: str
    week_start: WeekStart
    language: str
    country: str


class Me(msgspec.Struct):
    """``csrf_token`` goes back as ``X-CSRF-Token`` with every change."""

    member: MyMember
    workspace: WorkspaceView
    permissions: list[str]
    csrf_token: str
    doors: list[str]


class MeChange(msgspec.Struct):
    name: str | None = None
    language: Language | None = None


class PasswordChange(msgspec.Struct):
    current: str
    new: str


class ResetRequest(msgspec.Struct):
    email: str


class NewPassword(msgspec.Struct):
    password: str


class InvitationPreview(msgspec.Struct):
    email: str
    role: Role
    workspace_name: str


class Acceptance(msgspec.Struct):
    name: str
    password: str


class WorkspaceChange(msgspec.Struct, omit_defaults=True):
    """Only the fields that are given change."""

    name: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    week_start: WeekStart | None = None
    language: Language | None = None
    country: str | None = None


class Member(msgspec.Struct):
    """``reset_requested_at`` is set while the member waits for a password link."""

    id: int
    name: str
    email: str
    role: Role
    disabled: bool
    created_at: datetime
    last_seen_at: datetime | None
    reset_requested_at: datetime | None


class MemberChange(msgspec.Struct):
    role: Role | None = None
    disabled: bool | None = None


class Link(msgspec.Struct):
    url: str


class InvitationRequest(msgspec.Struct):
    email: str
    role: Role


class Invitation(msgspec.Struct):
    """``url`` is given once, when the invitation is made; it works for seven days."""

    id: int
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    url: str | None = None


class RolePermissions(msgspec.Struct):
    role: Role
    permissions: list[str]


class KeyRequest(msgspec.Struct):
    name: str
    scopes: list[str]


class ApiKey(msgspec.Struct):
    """``secret`` is given once, when the key is made."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    secret: str | None = None


class AuditActor(msgspec.Struct):
    kind: str
    id: str | None
    name: str


class AuditEntry(msgspec.Struct):
    id: int
    at: datetime
    actor: AuditActor
    action: str
    target_kind: str
    target_id: str | None
    summary: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class JobView(msgspec.Struct):
    """``done`` of ``total`` pieces; ``total`` is null while unknown. ``file`` says whether one can be fetched."""

    id: int
    kind: str
    title: str
    state: JobState
    done: int
    total: int | None
    message: str | None
    created_at: datetime
    finished_at: datetime | None
    created_by: str
    result: dict[str, Any] | None
    file: bool
