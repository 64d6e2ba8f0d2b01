"""What a backup consists of: one signed file that names every part by its hash."""

from __future__ import annotations

import hmac
from hashlib import sha256

import msgspec

from kizuna.app.backup.store import BackupStore
from kizuna.kernel.errors import Conflict, Invalid, NotFound
from kizuna.kernel.vault import Vault

FORMAT = 1
FOLDER = "backups"
UNFINISHED = "unfinished"
"""What a killed run has copied; the next one goes on from there."""
_MAGIC = "kizuna-backup"


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One sealed file of the store. ``name`` is the SHA-256 of what lies there; ``raw_bytes`` is what comes
    out of it, by way of zstd when ``packed``."""

    name: str
    raw_bytes: int
    packed: bool


class FileEntry(msgspec.Struct, frozen=True):
    """A file, by its path below the lake's or the blobs' root. ``stamp`` tells whether it changed since."""

    path: str
    size: int
    parts: list[Part]
    stamp: int = 0


class TableEntry(msgspec.Struct, frozen=True):
    """A table as PostgreSQL's COPY writes it: text, in UTF-8."""

    name: str
    columns: list[str]
    rows: int
    parts: list[Part]


class Sequence(msgspec.Struct, frozen=True):
    name: str
    data_type: str
    start_value: int
    min_value: int
    max_value: int
    increment_by: int
    cycle: bool
    last_value: int
    is_called: bool


class LakeTable(msgspec.Struct, frozen=True):
    workspace_id: int
    table: str
    version: int
    files: int


class Manifest(msgspec.Struct, frozen=True):
    id: str
    made_by: str
    snapshot_at: str
    finished_at: str
    revision: str
    """Of the database's schema."""
    data_key: str
    ledger_entries: int
    """How many erasures the ledger told of; one that tells of fewer is older than the backup."""
    tables: list[TableEntry]
    sequences: list[Sequence]
    lake: list[LakeTable]
    lake_files: list[FileEntry]
    blobs: list[FileEntry]
    left_out: list[str]

    def parts(self) -> list[Part]:
        entries = [*self.tables, *self.lake_files, *self.blobs]
        return [part for entry in entries for part in entry.parts]

    def stored_parts(self) -> dict[str, Part]:
        return {part.name: part for part in self.parts()}

    def raw_bytes(self) -> int:
        return sum(part.raw_bytes for part in self.parts())


class Unfinished(msgspec.Struct, frozen=True):
    """What a run that has not ended copied so far, of files that never change."""

    data_key: str
    files: dict[str, FileEntry]


def fingerprint(vault: Vault) -> str:
    """Tells vaults apart without saying anything about them; a rotation does not change it."""
    return vault.hash("", "backup fingerprint")[:8].hex()


def sign(vault: Vault, body: bytes) -> bytes:
    tag = hmac.digest(vault.derive_key("backup manifest"), body, sha256).hex()
    return f"{_MAGIC} {FORMAT} {fingerprint(vault)} {tag}\n".encode() + body


def unsign(vault: Vault, signed: bytes) -> bytes:
    """Raises ``Invalid`` with the reason: another vault's, a newer format, changed or cut off."""
    head, _, body = signed.partition(b"\n")
    words = head.decode("ascii", "replace").split(" ")
    if len(words) != 4 or words[0] != _MAGIC:
        raise Invalid("backup_broken", "The backup's manifest is no manifest of Kizuna; take another backup.")
    if words[1] != str(FORMAT):
        raise Invalid("backup_newer", f"The backup has format {words[1]}; restore it with the Kizuna that made it.")
    if words[2] != fingerprint(vault):
        raise Invalid(
            "backup_vault",
            "The backup was made under another vault. Put the `vault.json` of that installation into the data "
            "folder, or give its text as KIZUNA_VAULT.",
        )
    tag = hmac.digest(vault.derive_key("backup manifest"), body, sha256).hex()
    if not hmac.compare_digest(tag, words[3]):
        raise Invalid(
            "backup_broken", "The backup's manifest was changed or cut off; take another backup (`--list` shows them)."
        )
    return body


def manifest_path(backup_id: str) -> str:
    return f"{FOLDER}/{backup_id}/manifest"


def list_ids(store: BackupStore) -> list[str]:
    """Ids of the finished backups, oldest first."""
    paths = [path.split("/") for path in store.list(FOLDER)]
    return sorted(path[1] for path in paths if len(path) == 3 and path[2] == "manifest")


def read_manifest(store: BackupStore, vault: Vault, backup_id: str | None = None) -> Manifest:
    """A backup's manifest, of the newest without an id. Raises ``NotFound``, ``Invalid``."""
    if backup_id is None:
        ids = list_ids(store)
        if not ids:
            raise NotFound("no_backup", f"There is no finished backup at {store.url}; check the path.")
        backup_id = ids[-1]
    signed = store.find(manifest_path(backup_id))
    if signed is None:
        raise NotFound("no_backup", f"There is no backup {backup_id} at {store.url}; `--list` shows those there are.")
    try:
        manifest = msgspec.json.decode(unsign(vault, signed), type=Manifest)
    except msgspec.DecodeError as error:
        raise Invalid("backup_broken", "The backup's manifest cannot be read by this version of Kizuna.") from error
    if manifest.id != backup_id:
        raise Conflict("backup_broken", f"The manifest of {backup_id} is that of {manifest.id}; take another backup.")
    return manifest


def write_manifest(store: BackupStore, vault: Vault, manifest: Manifest) -> None:
    store.write(manifest_path(manifest.id), sign(vault, msgspec.json.encode(manifest)))


def read_unfinished(store: BackupStore, vault: Vault) -> Unfinished | None:
    """What a killed run left; None where there is nothing that can be trusted."""
    signed = store.find(UNFINISHED)
    if signed is None:
        return None
    try:
        return msgspec.json.decode(unsign(vault, signed), type=Unfinished)
    except (Invalid, msgspec.DecodeError):
        return None


def write_unfinished(store: BackupStore, vault: Vault, unfinished: Unfinished) -> None:
    store.write(UNFINISHED, sign(vault, msgspec.json.encode(unfinished)))
