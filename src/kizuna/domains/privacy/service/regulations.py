"""Segment's regulations: requests that are carried out as they come."""

from collections.abc import Sequence
from uuid import UUID

from kizuna.domains.privacy.contracts import SUBJECTS_MAX, Request
from kizuna.domains.privacy.repository.requests import Filters
from kizuna.domains.privacy.rules.regulations import KIND_OF, identifier_type
from kizuna.domains.privacy.service import requests
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, NotFound


async def regulate(ctx: Context, regulation: str, subject_type: str, subject_ids: Sequence[str]) -> UUID:
    """Receives and starts a regulation. Raises ``Invalid`` for a type there is not, or for too many people."""
    kind = KIND_OF.get(regulation)
    if kind is None:
        raise Invalid("regulation_unknown", f"regulationType must be one of {', '.join(KIND_OF)}.")
    if not 1 <= len(subject_ids) <= SUBJECTS_MAX:
        raise Invalid("subjects_invalid", f"subjectIds must have from 1 to {SUBJECTS_MAX:,} entries.")
    type_ = identifier_type(subject_type)
    normalise = ctx.runtime.registry.person_finder.normalise
    wrong = {
        f"subjectIds[{place}]": "names nobody"
        for place, one in enumerate(subject_ids)
        if normalise(ctx, type_, one) is None
    }
    if wrong:
        raise Invalid("subjects_invalid", "Some subjects cannot be identifiers of this type.", fields=wrong)
    request_id = await requests.receive(
        ctx,
        kind=kind,
        identifiers=[(type_, one) for one in subject_ids],
        via="api",
        subject_type=subject_type,
        regulation=regulation,
    )
    return (await requests.start(ctx, request_id)).public_id


async def load(ctx: Context, public_id: UUID) -> Request:
    """Raises ``NotFound``."""
    request = await requests.load(ctx, public_id)
    if request.regulation is None:
        raise NotFound("request_not_found", "There is no such regulation.")
    return request


async def list_regulations(ctx: Context, before: int | None, limit: int) -> list[Request]:
    return await requests.list_requests(ctx, Filters(regulations=True), before, limit)
