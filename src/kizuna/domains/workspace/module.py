"""What the domain contributes."""

from kizuna.domains.workspace import jobs
from kizuna.domains.workspace.endpoints import ROUTERS
from kizuna.domains.workspace.service import oidc, totp
from kizuna.domains.workspace.service.erase import PERSON_STORES
from kizuna.kernel.module import Module, Permission

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})

MODULE = Module(
    name="workspace",
    routers=ROUTERS,
    sealed_columns=(
        ("workspace_totp", "secret_sealed", totp.PURPOSE),
        ("workspace_oidc", "client_secret_sealed", oidc.SECRET_PURPOSE),
    ),
    jobs=(jobs.TAKE_UP_JOBS, jobs.CLEAN_UP, jobs.SEND_LETTER),
    person_stores=PERSON_STORES,
    permissions=(
        Permission("workspace.read", "See the workspace, its members' names and roles", STAFF),
        Permission("workspace.manage", "Change the workspace's settings, stop anybody's jobs", frozenset()),
        Permission("members.manage", "Invite members, change roles, make password links", frozenset()),
        Permission("keys.manage", "Make and withdraw API keys", frozenset()),
        Permission("audit.read", "Read the audit log", frozenset()),
    ),
)
