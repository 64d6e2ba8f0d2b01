"""E-mail addresses of customers: kept sealed, recognised by keyed hash."""

from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid

SEAL = "privacy.address"
EMAIL = "email"
WRONG = "This is no e-mail address; give one such as hanako@example.com."


def normalise_address(ctx: Context, text: str) -> str:
    """The address as it is kept. Raises ``Invalid`` for what is none."""
    found = ctx.runtime.registry.person_finder.normalise(ctx, EMAIL, text[:320])
    if found is None or not _can_be_written_to(found[1]):
        raise Invalid("address_invalid", WRONG, fields={"email": WRONG})
    return found[1]


def _can_be_written_to(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    return (
        bool(local)
        and "." in domain
        and len(address) <= 254
        and not any(letter.isspace() or letter in '<>()[],;:\\"' or not letter.isprintable() for letter in address)
    )


def seal_address(ctx: Context, address: str) -> bytes:
    return ctx.settings.vault.seal(address.encode(), SEAL)


def unseal_address(ctx: Context, sealed: bytes) -> str:
    return ctx.settings.vault.unseal(sealed, SEAL).decode()


def hash_address(ctx: Context, address: str) -> bytes:
    return ctx.settings.vault.hash(address, SEAL)
