"""Answers, and what may be done because of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from kizuna.domains.privacy.contracts import (
    ANALYTICS,
    STATE_AGREED,
    STATE_REFUSED,
    STATE_RESTRICTED,
    Answer,
    Decision,
    Place,
    Purpose,
    Region,
    Withheld,
)
from kizuna.domains.privacy.repository import answers as repository
from kizuna.domains.privacy.repository import heads
from kizuna.domains.privacy.repository.answers import LoggedAnswer
from kizuna.domains.privacy.rules.consent import combine, decide
from kizuna.domains.privacy.rules.purposes import channels_of
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.service.changes import tell_changed
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid

FUTURE_MAX = timedelta(minutes=5)
"""Clocks differ a little; an answer of tomorrow is a mistake."""

State = dict[tuple[str, str], Decision]
"""What holds for a person, by (purpose, channel)."""


async def record_answers(ctx: Context, answers: Sequence[Answer], people: Iterable[Sequence[int]] = ()) -> int:
    """Adds answers to the log, and sees to it that they are obeyed from the commit on.

    ``people`` are all node keys of each person an answer is of: what is withheld holds for the whole
    person; without them each answer's node stands alone. Returns how many answers were new.
    Raises ``Invalid`` for a purpose or channel there is not, and for a time in the future.
    """
    if not answers:
        return 0
    purposes = await list_purposes(ctx)
    check_answers(ctx, purposes, answers)
    written = await repository.insert_answers(ctx, answers)
    groups = list(people) or [[key] for key in sorted(written)]
    if written:
        await refresh_states(ctx, [group for group in groups if not written.isdisjoint(group)])
        await tell_changed(ctx, sorted(written))
    return len(written)


def check_answers(ctx: Context, purposes: Sequence[Purpose], answers: Sequence[Answer]) -> None:
    """Raises ``Invalid``."""
    known = {purpose.key: purpose for purpose in purposes}
    latest = ctx.clock.now() + FUTURE_MAX
    region = region_of(ctx.workspace.country)
    for one in answers:
        purpose = known.get(one.purpose)
        if purpose is None:
            raise Invalid("purpose_unknown", f"There is no purpose “{one.purpose[:40]}”; known are {', '.join(known)}.")
        if one.channel not in channels_of(purpose):
            offered = ", ".join(purpose.channels)
            hint = f"its channels are {offered}" if offered else "it has no channels; leave the channel out"
            raise Invalid("channel_unknown", f"The purpose {one.purpose} is not asked for “{one.channel}”: {hint}.")
        if not one.granted and purpose.essential(region):
            raise Invalid(
                "purpose_essential", f"The purpose {one.purpose} rests on a contract or law; nobody is asked."
            )
        if one.at > latest:
            raise Invalid("answer_in_future", "The time of the answer is in the future; check the sender's clock.")


async def read_state(ctx: Context, keys: Sequence[int], country: str | None = None) -> State:
    """What holds now for the person with these nodes, for every purpose and channel."""
    purposes = [purpose for purpose in await list_purposes(ctx) if not purpose.archived]
    return (await _read_states(ctx, {0: keys}, purposes, region_of(country or ctx.workspace.country)))[0]


async def decide_people(
    ctx: Context, people: Mapping[int, Sequence[int]], purpose: str, channel: str = ""
) -> dict[int, Decision]:
    """Whether a purpose may be served for each of some people, given by any number → their node keys.

    Raises ``Invalid`` for a purpose or channel there is not.
    """
    found = [one for one in await list_purposes(ctx) if one.key == purpose and not one.archived]
    if not found or channel not in channels_of(found[0]):
        raise Invalid("purpose_unknown", f"There is no purpose “{purpose[:40]}” with the channel “{channel[:20]}”.")
    states = await _read_states(ctx, people, found, region_of(ctx.workspace.country))
    return {number: state[purpose, channel] for number, state in states.items()}


async def check_use(ctx: Context, use: str) -> None:
    """Raises ``Invalid`` unless ``use`` is a purpose, or one with a channel: ``marketing.email``."""
    await decide_people(ctx, {}, *_split_use(use))


async def find_withheld(ctx: Context, people: Mapping[int, Sequence[int]], use: str | None) -> dict[int, str]:
    """Who must be left out of what is done for ``use``, and why; without a use those only whose processing
    is restricted. People are given by any number → their node keys."""
    keys = [key for group in people.values() for key in group]
    known = await repository.read_states(ctx, keys)
    found: dict[int, str] = {
        number: "restricted"
        for number, group in people.items()
        if any(known.get(key, 0) & STATE_RESTRICTED for key in group)
    }
    if use is not None:
        decided = await decide_people(ctx, people, *_split_use(use))
        found = {number: one.reason for number, one in decided.items() if not one.allowed} | found
    return found


def _split_use(use: str) -> tuple[str, str]:
    purpose, _, channel = use.partition(".")
    return purpose, channel


async def _read_states(
    ctx: Context, people: Mapping[int, Sequence[int]], purposes: Sequence[Purpose], region: Region
) -> dict[int, State]:
    keys = [key for group in people.values() for key in group]
    answers: dict[int, list[Answer]] = {}
    for one in await repository.read_latest(ctx, keys):
        answers.setdefault(one.key, []).append(one)
    known = await repository.read_states(ctx, keys)
    states: dict[int, State] = {}
    for number, group in people.items():
        mine = [one for key in group for one in answers.get(key, ())]
        restricted = any(known.get(key, 0) & STATE_RESTRICTED for key in group)
        states[number] = {
            (purpose.key, channel): decide(purpose, channel, region, mine, restricted=restricted)
            for purpose in purposes
            for channel in channels_of(purpose)
        }
    return states


async def read_log(ctx: Context, keys: Sequence[int], before: int | None, limit: int) -> list[LoggedAnswer]:
    """All answers of the person with these nodes, newest first."""
    return await repository.read_log(ctx, keys, before, limit)


async def refresh_states(ctx: Context, people: Iterable[Sequence[int]]) -> None:
    """Works out anew whether the events of some people may be stored, after answers, a merge or a taking
    apart. A restriction stays with the nodes that have it, and spreads to those that joined them."""
    groups = dict(enumerate(people))
    keys = [key for group in groups.values() for key in group]
    known = await repository.read_states(ctx, keys)
    answers: dict[int, list[Answer]] = {}
    for one in await repository.read_latest(ctx, keys):
        if one.purpose == ANALYTICS:
            answers.setdefault(one.key, []).append(one)
    changed: dict[int, int] = {}
    for group in groups.values():
        restricted = any(known.get(key, 0) & STATE_RESTRICTED for key in group)
        answer = combine([one for key in group for one in answers.get(key, ())])
        state = 0 if answer is None else STATE_AGREED if answer.granted else STATE_REFUSED
        state |= STATE_RESTRICTED if restricted else 0
        changed |= {key: state for key in group if known.get(key, 0) != state}
    await _write_states(ctx, changed)


async def _write_states(ctx: Context, states: Mapping[int, int]) -> None:
    if states:
        await repository.write_states(ctx, await heads.raise_version(ctx), states)


async def restrict(ctx: Context, keys: Sequence[int]) -> None:
    """Stops processing for a person: nothing new is stored, nothing is sent."""
    known = await repository.read_states(ctx, keys)
    await _write_states(ctx, {key: known.get(key, 0) | STATE_RESTRICTED for key in keys})
    await tell_changed(ctx, keys)


async def release(ctx: Context, keys: Sequence[int]) -> None:
    """Lifts a restriction; answers count again."""
    known = await repository.read_states(ctx, keys)
    await _write_states(ctx, {key: known.get(key, 0) & ~STATE_RESTRICTED for key in keys})
    await refresh_states(ctx, [keys])
    await tell_changed(ctx, keys)


async def follow_identity(ctx: Context, people: Iterable[Sequence[int]]) -> None:
    """``refresh_states`` after people were joined or taken apart. While nobody in the workspace has answered
    anything it costs one look, and ``people`` are not gone through."""
    if (await heads.read_head(ctx)).version > 0:
        await refresh_states(ctx, people)


async def count_withheld(ctx: Context, place: Place, counts: Mapping[str, int]) -> None:
    """Notes how much was not done, by reason."""
    kept = {reason: number for reason, number in counts.items() if number}
    if kept:
        await repository.count_withheld(ctx, place, kept)


async def read_withheld(ctx: Context, since: datetime) -> list[Withheld]:
    return await repository.read_withheld_counts(ctx, since)


async def count_answered(ctx: Context) -> list[tuple[str, str, int, int]]:
    """(purpose, channel, granted, refused): nodes by their latest answer."""
    return await repository.count_answered(ctx)
