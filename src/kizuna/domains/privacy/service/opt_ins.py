"""Double opt-in: what somebody agreed to on a form counts when the owner of the mailbox says so."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kizuna.domains.privacy.contracts import NO_CHANNEL, Answer, Purpose, PurposeText
from kizuna.domains.privacy.repository import letters as repository
from kizuna.domains.privacy.repository.letters import LetterRow
from kizuna.domains.privacy.rules.purposes import channels_of
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.service import requests
from kizuna.domains.privacy.service.addresses import EMAIL, normalise_address, unseal_address
from kizuna.domains.privacy.service.brand import text_of
from kizuna.domains.privacy.service.centre import find_person
from kizuna.domains.privacy.service.consent import record_answers
from kizuna.domains.privacy.service.letters import write_letter
from kizuna.domains.privacy.service.purposes import find_purpose, list_purposes
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from kizuna.kernel.person import Person


async def ask_opt_in(
    ctx: Context, address: str, purpose_key: str, channels: Sequence[str] | None, language: str
) -> datetime:
    """Writes a letter with the question to ``address``; returns until when it can be answered.

    Raises ``Invalid`` for a purpose, channel or address there is not, and ``Limit``.
    """
    address = normalise_address(ctx, address)
    purpose = await _find_asked(ctx, purpose_key)
    offered = channels_of(purpose)
    wanted = tuple(dict.fromkeys(channels)) if channels else ((EMAIL,) if EMAIL in offered else offered)
    unknown = [one for one in wanted if one not in offered]
    if unknown:
        raise Invalid("channel_unknown", f"The purpose {purpose.key} is not asked for “{unknown[0][:20]}”.")
    letter_id = await write_letter(
        ctx,
        "opt_in",
        address,
        language,
        purpose=purpose.key,
        channels=wanted,
        text_version=purpose.version,
    )
    row = await repository.read_letter(ctx, letter_id)
    assert row is not None
    return row.expires_at


async def _find_asked(ctx: Context, key: str) -> Purpose:
    """A purpose that people are asked for. Raises ``Invalid``."""
    for purpose in await list_purposes(ctx):
        if purpose.key == key and not purpose.archived and not purpose.essential(region_of(ctx.workspace.country)):
            return purpose
    raise Invalid("purpose_unknown", f"Nobody is asked for a purpose “{key[:40]}”.")


async def address_of(ctx: Context, profile_id: UUID | None, identifiers: Sequence[tuple[str, str]]) -> str:
    """The e-mail address of a person. Raises ``NotFound`` for nobody, ``Conflict`` for one without address."""
    finder = ctx.runtime.registry.person_finder
    found = await (
        finder.by_profiles(ctx, [profile_id]) if profile_id is not None else finder.by_identifiers(ctx, identifiers[:1])
    )
    person = found[0] if found else None
    if person is None:
        raise NotFound("profile_not_found", "There is no such customer; look at the id.")
    address = email_of(person)
    if address is None:
        raise Conflict("no_address", "This customer has no e-mail address; give one with the request.")
    return address


def email_of(person: Person) -> str | None:
    return next((value for type_, value in person.identifiers if type_ == EMAIL), None)


async def read_question(ctx: Context, letter_id: int) -> tuple[LetterRow, PurposeText | None]:
    """What a confirmation page asks. Raises ``NotFound`` when it was answered or has expired."""
    row = await repository.read_letter(ctx, letter_id)
    if row is None or row.used_at is not None or row.expires_at <= ctx.clock.now():
        raise _gone()
    if row.purpose is None:
        return row, None
    return row, text_of(await find_purpose(ctx, row.purpose), row.language)


def _gone() -> NotFound:
    return NotFound("link_used", "This link was used already, or has expired; ask for a new one.")


async def confirm(ctx: Context, letter_id: int, user_agent: str) -> LetterRow:
    """Records what was confirmed. Raises ``NotFound`` for a letter that was answered or has expired."""
    row, _ = await read_question(ctx, letter_id)
    if not await repository.use_letter(ctx, letter_id):
        raise _gone()
    if row.kind == "erasure":
        await _ask_erasure(ctx, row)
    else:
        await _grant(ctx, row, user_agent)
    return row


async def _grant(ctx: Context, row: LetterRow, user_agent: str) -> None:
    """The address that got the letter is what is granted: whoever owns the mailbox has spoken for it, and
    for nothing else."""
    finder = ctx.runtime.registry.person_finder
    (key,) = await finder.take_in(ctx, [(EMAIL, unseal_address(ctx, row.address))])
    assert row.purpose is not None
    assert key is not None  # it was an address when the letter was written
    (person,) = await finder.by_keys(ctx, [key])
    now = ctx.clock.now()
    proof = {
        "asked_at": row.made_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "confirmed_at": now.isoformat(),
        "message_id": row.message_id,
        "text_version": row.text_version,
        "user_agent": user_agent,
    }
    answers = [
        Answer(
            key=key,
            purpose=row.purpose,
            channel=channel,
            granted=True,
            knowing=True,
            at=now,
            source="double_opt_in",
            text_version=row.text_version,
            language=row.language,
            proof=proof,
        )
        for channel in row.channels or [NO_CHANNEL]
    ]
    await record_answers(ctx, answers, [person.keys if person is not None else (key,)])


async def ask_erasure(ctx: Context, key: int, language: str) -> None:
    """Writes to the person with the node ``key`` to confirm that they want to be erased.

    Raises ``Conflict`` for one without address, ``Unavailable`` when no mail can leave, ``Limit``.
    """
    address = email_of(await find_person(ctx, key))
    if address is None:
        raise Conflict("no_address", "We have no e-mail address of yours to confirm with; please contact us.")
    if not ctx.runtime.mailer.ready:
        raise Unavailable("mail_not_set_up", "We cannot send mail just now; please contact us.")
    await write_letter(ctx, "erasure", normalise_address(ctx, address), language, key=key)


async def _ask_erasure(ctx: Context, row: LetterRow) -> None:
    assert row.key is not None
    (person,) = await ctx.runtime.registry.person_finder.by_keys(ctx, [row.key])
    if person is None or await repository.has_open_request(ctx, "erasure", person.keys):
        return
    await requests.receive(
        ctx,
        kind="erasure",
        keys=person.keys,
        identifiers=person.identifiers,
        via="preference_centre",
        note="Confirmed by a link mailed to the person's address.",
    )
