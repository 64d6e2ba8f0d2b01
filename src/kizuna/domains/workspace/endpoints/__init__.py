"""HTTP of the domain."""

from kizuna.domains.workspace.endpoints.entry import ENTRY
from kizuna.domains.workspace.endpoints.jobs import JOBS
from kizuna.domains.workspace.endpoints.me import ME
from kizuna.domains.workspace.endpoints.my_access import MY_ACCESS
from kizuna.domains.workspace.endpoints.second_ways import SECOND_WAYS
from kizuna.domains.workspace.endpoints.settings import SETTINGS
from kizuna.domains.workspace.endpoints.sign_in_settings import SIGN_IN_SETTINGS

ROUTERS = (*ENTRY, *SECOND_WAYS, *ME, *MY_ACCESS, *SETTINGS, *SIGN_IN_SETTINGS, *JOBS)
