"""A member's authenticator app."""

import base64

from tests.cast import PASSWORD, Person, Visitor

from kizuna.domains.workspace.rules.totp import make_code
from kizuna.kernel.clock import Clock


class Authenticator:
    """Holds the secret that was offered, and shows codes by ``clock``."""

    def __init__(self, secret: str, clock: Clock) -> None:
        text = secret.replace(" ", "")
        self.secret = base64.b32decode(text + "=" * (-len(text) % 8))
        self.clock = clock

    @property
    def code(self) -> str:
        return make_code(self.secret, self.clock.now())


async def enrol(person: Person, clock: Clock) -> tuple[Authenticator, list[str]]:
    """Sets the person's app up; the app, and the recovery codes."""
    offer = (await person.post("/api/me/totp")).json()
    app = Authenticator(offer["secret"], clock)
    answer = await person.post("/api/me/totp/confirm", json={"code": app.code})
    assert answer.status_code == 201, answer.text
    return app, answer.json()["codes"]


async def first_step(visitor: Visitor, person: Person) -> str:
    """The ticket that a right password brings."""
    answer = await visitor.post("/api/session", json={"email": person.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "code_needed"), answer.text
    (ticket,) = [error["message"] for error in answer.json()["errors"] if error["field"] == "ticket"]
    return ticket
