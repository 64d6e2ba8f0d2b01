"""Sessions, the second step, and the company's own provider."""

from kizuna.domains.workspace import api as workspaces
from kizuna.domains.workspace.contracts import Client
from tests.attack.planter import Planted, Planter, plants
from tests.cast import PASSWORD

CODE = "000000"


@plants("/api/me/sessions/{id}")
async def plant_session(planter: Planter) -> Planted:
    owner = planter.owner
    client = Client("127.0.0.1", planter.canary())
    await workspaces.open_session(planter.runtime, owner.workspace_id, owner.member_id, client)
    listed = (await owner.get("/api/me/sessions")).json()
    rows = listed["items"] if isinstance(listed, dict) else listed
    return Planted({"id": next(one["id"] for one in rows if not one["current"])})


@plants("workspace_enter_code")
async def plan_code(planter: Planter) -> Planted:
    return Planted(body={"ticket": "forged", "code": CODE})


@plants("workspace_begin_provider")
async def plan_provider(planter: Planter) -> Planted:
    return Planted(body={"workspace": "nobody"})


@plants("workspace_return_from_provider")
async def plan_return(planter: Planter) -> Planted:
    return Planted(body={"state": "forged", "code": "forged"})


@plants("workspace_confirm_totp", "workspace_renew_recovery_codes")
async def plan_confirmation(planter: Planter) -> Planted:
    return Planted(body={"code": CODE})


@plants("workspace_switch_totp_off")
async def plan_switching_off(planter: Planter) -> Planted:
    return Planted(body={"password": PASSWORD, "code": CODE})


@plants("workspace_change_sign_in")
async def plan_sign_in(planter: Planter) -> Planted:
    return Planted(body={"require_totp": False})


@plants("workspace_save_provider")
async def plan_saving(planter: Planter) -> Planted:
    """Refused before any provider is asked: it is not https."""
    body = {
        "name": "Intruder",
        "issuer": "http://login.example.com",
        "client_id": "kizuna",
        "client_secret": "hush",
        "email_domains": ["example.com"],
    }
    return Planted(body=body)
