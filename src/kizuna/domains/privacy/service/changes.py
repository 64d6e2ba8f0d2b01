"""Tells the modules that follow consent."""

from collections.abc import Sequence

from kizuna.kernel.context import Context


async def tell_changed(ctx: Context, keys: Sequence[int] | None) -> None:
    """Consent of the people with these nodes changed; None: everybody's may have."""
    for module in ctx.runtime.registry.modules:
        for hook in module.consent_hooks:
            await hook(ctx, keys)
