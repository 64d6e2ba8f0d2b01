"""What goes over HTTP."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kizuna.domains.workspace.contracts import JobState, Language, Role, WeekStart

JoinRole = Literal["marketer", "analyst", "agent", "viewer"]


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


class CodeEntry(msgspec.Struct):
    """``ticket`` came with the problem ``code_needed``; ``code`` is of the app, or a recovery code."""

    ticket: str
    code: str


class OfferedProvider(msgspec.Struct):
    """``workspace`` is the slug to begin with, ``name`` what the button says."""

    workspace: str
    workspace_name: str
    name: str


class Departing(msgspec.Struct):
    workspace: str


class Arrival(msgspec.Struct):
    """What the provider added to the address of `/sign-in/return`."""

    state: str
    code: str


class MyMember(msgspec.Struct):
    id: int
    name: str
    email: str
    role: Role
    language: str
    totp: bool
    has_password: bool


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
    """``csrf_token`` goes back as ``X-CSRF-Token`` with every change. While ``enrolment_due``, the member
    must set up an authenticator app and can do nothing else."""

    member: MyMember
    workspace: WorkspaceView
    permissions: list[str]
    csrf_token: str
    doors: list[str]
    enrolment_due: bool


class MeChange(msgspec.Struct):
    name: str | None = None
    language: Language | None = None


class PasswordChange(msgspec.Struct):
    current: str
    new: str


class TotpState(msgspec.Struct):
    """``since`` is null while no authenticator app is set up; ``required`` says that the workspace asks for one."""

    since: datetime | None
    recovery_codes_left: int
    required: bool


class TotpOffer(msgspec.Struct):
    """``qr`` is a picture (SVG as a data URI) of ``uri``; ``secret`` is for typing."""

    secret: str
    uri: str
    qr: str


class TotpCode(msgspec.Struct):
    code: str


class TotpOff(msgspec.Struct):
    """``password`` may be empty for members who have none."""

    password: str
    code: str


class RecoveryCodes(msgspec.Struct):
    """Each works once in place of a code. They are shown this once."""

    codes: list[str]


class SessionItem(msgspec.Struct):
    """``device`` is browser and system in short; ``current`` marks the session that asks."""

    id: UUID
    device: str
    user_agent: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


class EndedSessions(msgspec.Struct):
    ended: int


class Provider(msgspec.Struct):
    """``join_role`` is what unknown people of the domains become; null keeps them out."""

    name: str
    issuer: str
    client_id: str
    email_domains: list[str]
    join_role: JoinRole | None
    password_allowed: bool


class ProviderEntry(msgspec.Struct):
    """``client_secret`` may be left out when it stays and the issuer does, too. ``password_allowed`` is
    about all but owners, who can always come in by password."""

    name: str
    issuer: str
    client_id: str
    email_domains: list[str]
    join_role: JoinRole | None = None
    password_allowed: bool = True
    client_secret: str | None = None


class SignInSettings(msgspec.Struct):
    """``your_address`` is where this request comes from; ``return_url`` is what the provider must know."""

    require_totp: bool
    members_without_totp: int
    networks: list[str]
    your_address: str
    provider: Provider | None
    return_url: str


class SignInChange(msgspec.Struct):
    """Only the fields that are given change. An empty list of networks opens the workspace to all."""

    require_totp: bool | None = None
    networks: list[str] | None = None


class ResetRequest(msgspec.Struct):
    email: str


class ResetAsked(msgspec.Struct):
    """``by_mail``: members of this installation are mailed their link; else an admin hands it over."""

    by_mail: bool


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
    """``reset_requested_at`` is set while the member waits for a password link. ``totp`` says whether they
    use an authenticator app, ``linked`` whether they have signed in with the provider. Only those who manage
    members are told these three."""

    id: int
    name: str
    email: str
    role: Role
    disabled: bool
    created_at: datetime
    last_seen_at: datetime | None
    reset_requested_at: datetime | None
    totp: bool | None = None
    linked: bool | None = None


class MemberChange(msgspec.Struct):
    role: Role | None = None
    disabled: bool | None = None


class Link(msgspec.Struct):
    """``mailed``: it was sent to the member, too."""

    url: str
    mailed: bool = False


class InvitationRequest(msgspec.Struct):
    email: str
    role: Role


class Invitation(msgspec.Struct):
    """``url`` is given once, when the invitation is made; it works for seven days. ``mailed``: it was sent to
    the address, too."""

    id: int
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    url: str | None = None
    mailed: bool = False


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
