"""What segments do when others tell something."""

from kizuna.domains.profiles.signals import ProfilesUnmerged
from kizuna.domains.segments.service.deliver_queue import queue_deliveries
from kizuna.domains.segments.service.messages import ask_to_look
from kizuna.domains.segments.signals import SegmentsChanged
from kizuna.kernel.context import Context
from kizuna.kernel.signals import Subscriber


async def look_at_the_parted(ctx: Context, signal: ProfilesUnmerged) -> None:
    """Who was taken apart is judged by what each side did."""
    keys = {one.source for one in signal.unmerges} | {key for one in signal.unmerges for key in one.keys}
    await ask_to_look(ctx, sorted(keys), whole=True)


SUBSCRIBERS = (
    Subscriber("segments", ProfilesUnmerged, look_at_the_parted),
    Subscriber("destinations", SegmentsChanged, queue_deliveries),
)
