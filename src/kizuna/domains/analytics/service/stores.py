"""What analytics keeps of a person: answers, in which they may stand as a label."""

from collections.abc import Sequence

from kizuna.domains.analytics.repository import results
from kizuna.kernel.context import Runtime
from kizuna.kernel.person import Person, PersonStore


async def forget_answers(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Drops every kept answer of the workspace: they are not searched for somebody, and are soon made again."""
    if not people:
        return 0
    async with runtime.unit(workspace_id) as ctx:
        return await results.clear(ctx)


# Told by the events' own store: nothing stands in an answer that does not stand there.
PERSON_STORES = (PersonStore("analytics.results", "Answers of analytics", forget_answers),)
