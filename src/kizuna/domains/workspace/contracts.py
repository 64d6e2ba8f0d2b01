"""The frozen shapes that cross the border of the domain."""

from dataclasses import dataclass
from typing import Literal, NewType

JobId = NewType("JobId", int)
MemberId = NewType("MemberId", int)

Role = Literal["owner", "admin", "marketer", "analyst", "agent", "viewer"]
WeekStart = Literal["monday", "sunday", "saturday"]
Language = Literal["ja", "en"]
JobState = Literal["queued", "running", "stopping", "stopped", "done", "failed"]


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """What the first-start wizard asks."""

    workspace_name: str
    owner_name: str
    email: str
    password: str
    time_zone: str
    currency: str
    week_start: WeekStart
    language: Language
    country: str


@dataclass(frozen=True, slots=True)
class NewMember:
    name: str
    email: str
    password: str
    role: Role
    language: Language


@dataclass(frozen=True, slots=True)
class Client:
    """The browser or program that signs in, as the audit and the member see it."""

    ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session; ``token`` goes into the cookie and is kept nowhere else."""

    workspace_id: int
    member_id: MemberId
    token: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class WorkspaceRef:
    """A workspace by its names, before anybody has entered it."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class CreatedWorkspace:
    workspace_id: int
    member_id: MemberId


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as the command line lists them."""

    workspace: str
    name: str
    email: str
    role: Role
    disabled: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member as others of the workspace know them, and where mail reaches them."""

    id: int
    name: str
    email: str
    role: Role
    language: Language
    disabled: bool
