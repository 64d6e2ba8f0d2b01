"""HTTP of the domain."""

from kizuna.domains.workspace.endpoints.entry import ENTRY
from kizuna.domains.workspace.endpoints.jobs import JOBS
from kizuna.domains.workspace.endpoints.me import ME
from kizuna.domains.workspace.endpoints.settings import SETTINGS

ROUTERS = (*ENTRY, *ME, *SETTINGS, *JOBS)
