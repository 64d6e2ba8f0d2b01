"""Parts: bounded pieces of tables and files, compressed, sealed, and named by the hash of what lies there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kizuna.app.backup.manifest import Part
from kizuna.app.backup.store import BackupStore
from kizuna.kernel.errors import Invalid
from kizuna.kernel.vault import KEY_BYTES, NONCE_BYTES, Vault

PART_BYTES = 8 * 1_048_576
KEYS_FOLDER = "keys"
PARTS_FOLDER = "parts"
PURPOSE = "backup"
_ASSOCIATED = b"kizuna backup part"

Told = Callable[[int], None]
"""Told of bytes as they are done."""


@dataclass(frozen=True, slots=True, repr=False)
class DataKey:
    """What seals the parts of one destination. It lies there itself, sealed by the vault."""

    id: str
    key: bytes


def present_key(store: BackupStore, vault: Vault) -> DataKey:
    """The destination's key that the vault's newest key sealed, made when there is none: so after a
    rotation nothing new is sealed by what an old vault can open."""
    for path in sorted(store.list(KEYS_FOLDER)):
        sealed = store.read(path)
        if Vault.sealed_by(sealed) != vault.newest:
            continue
        try:
            return DataKey(_key_id(path), vault.unseal(sealed, PURPOSE))
        except Invalid:
            continue  # of another vault, or broken
    made = DataKey(os.urandom(8).hex(), os.urandom(KEY_BYTES))
    store.write(f"{KEYS_FOLDER}/{made.id}.key", vault.seal(made.key, PURPOSE))
    return made


def find_key(store: BackupStore, vault: Vault, key_id: str) -> DataKey:
    """Raises ``Invalid`` when the vault cannot open it."""
    sealed = store.find(f"{KEYS_FOLDER}/{key_id}.key")
    if sealed is None:
        raise Invalid("backup_broken", f"The backup's key {key_id} is missing at {store.url}; take another copy of it.")
    if Vault.sealed_by(sealed) not in vault.keys:
        raise Invalid(
            "backup_vault",
            f"The backup was made under key {Vault.sealed_by(sealed)} of the vault, which was rotated since. "
            "Give the vault of that time as KIZUNA_VAULT.",
        )
    try:
        return DataKey(key_id, vault.unseal(sealed, PURPOSE))
    except Invalid as error:
        raise Invalid(
            "backup_broken", "The backup's key was changed or is of another vault; take another copy of it."
        ) from error


def _key_id(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".key")


def part_path(name: str) -> str:
    return f"{PARTS_FOLDER}/{name[:2]}/{name}"


def write_parts(store: BackupStore, key: DataKey, chunks: Iterable[bytes], told: Told, *, pack: bool) -> list[Part]:
    """A stream as parts of at most ``PART_BYTES``."""
    parts: list[Part] = []
    for raw in _pieces(chunks):
        body = pa.Codec("zstd").compress(raw, asbytes=True) if pack else raw
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(key.key).encrypt(nonce, body, _ASSOCIATED)
        name = sha256(sealed).hexdigest()
        store.write(part_path(name), sealed)
        parts.append(Part(name, len(raw), pack))
        told(len(raw))
    return parts


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
    if held:
        yield bytes(held)


def check_part(store: BackupStore, part: Part) -> bytes:
    """The sealed bytes. Raises ``Invalid`` when they are not what the manifest says."""
    sealed = store.find(part_path(part.name))
    if sealed is None or sha256(sealed).hexdigest() != part.name:
        state = "is missing" if sealed is None else "was changed or cut off"
        raise Invalid(
            "backup_broken",
            f"The part {part_path(part.name)} of the backup {state}; bring it back from a copy, or take another "
            "backup (`--list` shows them). Nothing was opened.",
        )
    return sealed


def read_parts(store: BackupStore, key: DataKey, parts: Iterable[Part], told: Told) -> Iterator[bytes]:
    """The stream again. Raises ``Invalid`` when a part is not what it was."""
    for part in parts:
        sealed = check_part(store, part)
        try:
            body = AESGCM(key.key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _ASSOCIATED)
        except InvalidTag as error:
            raise Invalid("backup_broken", "A part of the backup is sealed by another key.") from error
        yield pa.Codec("zstd").decompress(body, part.raw_bytes, asbytes=True) if part.packed else body
        told(part.raw_bytes)
