"""What came in, as somebody may see it: events of the tail, refused items, requests of webhooks."""

from typing import Any

from msgspec.structs import replace

from kizuna.domains.collect.contracts import RefusalItem, SetAsideItem, WebhookRequest
from kizuna.domains.collect.service.imports.views import ImportView, UploadView
from kizuna.domains.privacy.api import Sight, read_sight_of
from kizuna.kernel.context import Actor, Runtime

Event = dict[str, Any]


async def show_live(runtime: Runtime, workspace_id: int, actor: Actor, message: Any) -> Any:
    """A message of the topics ``tail`` and ``profile``: a list of events."""
    sight = await read_sight_of(runtime, workspace_id, actor)
    if sight.everything or not isinstance(message, list):
        return message if sight.everything else None
    return [show_live_event(event, sight) for event in message]


def show_live_event(event: Event, sight: Sight) -> Event:
    properties, context, masked = sight.show_event(event["type"], event["properties"], event["context"])
    return event | {"properties": properties, "context": context} | ({"masked": masked} if masked else {})


def show_refusal(item: RefusalItem, sight: Sight) -> RefusalItem:
    shown = sight.show_json(item.sample)
    return replace(item, reason=sight.scrub(item.reason), sample=shown.value, masked=shown.masked)


def show_set_aside(item: SetAsideItem, sight: Sight) -> SetAsideItem:
    shown = sight.show_item(item.sample)
    return replace(item, reason=sight.scrub(item.reason), sample=shown.value, masked=shown.masked)


def show_request(request: WebhookRequest, sight: Sight) -> WebhookRequest:
    body = sight.show_json(request.body)
    events = [sight.show_item(event) for event in request.events]
    return replace(
        request,
        body=body.value,
        events=[one.value for one in events],
        errors=[sight.scrub(error) for error in request.errors],
        masked=[*body.masked, *(f"events[{at}].{path}" for at, one in enumerate(events) for path in one.masked)],
    )


def show_import(view: ImportView, sight: Sight) -> ImportView:
    """The first events that the rows become; texts of refused rows name values."""
    refusals = [
        {name: sight.scrub(value) if isinstance(value, str) else value for name, value in one.items()}
        for one in view.refusals
    ]
    return replace(view, samples=[sight.show_item(one).value for one in view.samples], refusals=refusals)


def show_upload(view: UploadView, sight: Sight) -> UploadView:
    """The first rows of a file, by the names of its columns."""
    names = [column.name for column in view.columns]
    rows = tuple(
        tuple(sight.show("trait", name, cell).value for name, cell in zip(names, row, strict=False))
        for row in view.preview
    )
    return view if sight.everything else replace(view, preview=rows)
