"""From cookie or key to the one who stands behind it."""

from tests.cast import Person

from kizuna.domains.workspace import api
from kizuna.kernel.access import Credentials
from kizuna.kernel.context import Runtime
from kizuna.web.auth import SESSION_COOKIE


async def test_a_session_stands_for_its_member(runtime: Runtime, ada: Person, ben: Person) -> None:
    principal = await api.authenticate(runtime, Credentials(ben.cookies[SESSION_COOKIE], None))
    assert principal is not None
    assert principal.workspace_id == ada.workspace_id
    assert principal.actor.name == "Ben"
    assert "members.manage" not in principal.actor.permissions


async def test_unknown_credentials_stand_for_nobody(runtime: Runtime, ada: Person) -> None:
    assert await api.authenticate(runtime, Credentials("kzs_guess", None)) is None
    assert await api.authenticate(runtime, Credentials(None, "kz_guess")) is None
    assert await api.authenticate(runtime, Credentials(None, None)) is None
