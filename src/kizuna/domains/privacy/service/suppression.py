"""By what the erased are recognised."""

from kizuna.kernel.vault import Vault

HASH_BYTES = 16


def hash_identifier(vault: Vault, workspace_id: int, type_: str, value: str) -> bytes:
    """Of a normalised identifier. Without the vault nobody can try out addresses against it."""
    return vault.hash(f"{workspace_id}:{type_}:{value}", "person")[:HASH_BYTES]
