"""Secrets at rest: sealed by keys that never enter the database.

The vault is a small JSON text, ``KIZUNA_VAULT`` or the file ``vault.json`` of the data folder:
``{"keys": [{"id": 1, "key": base64}, …], "hash_key": base64}``, newest key first. The newest seals, all
open; so after a rotation old values stay readable until they are sealed anew. ``hash_key`` never changes:
what was erased must still be recognised years later. A vault that came from a file is read again when the
file changes, so a process that runs during a rotation seals by the new key at once.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from kizuna.kernel.errors import Invalid

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = b"\x01"


@dataclass(frozen=True, slots=True)
class Vault:
    """``keys`` by id; ``newest`` is the id of the one that seals. ``path`` is the file it came from, if any."""

    keys: Mapping[int, bytes]
    newest: int
    hash_key: bytes
    path: Path | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"Vault(keys={sorted(self.keys)})"  # a key must not reach a log by way of a repr

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """AES-256-GCM under the newest key. What is sealed for one ``purpose`` opens for no other."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 20 ms that most processes never need

        nonce = os.urandom(NONCE_BYTES)
        present = self.present()
        head = _VERSION + present.newest.to_bytes(4, "big")
        return head + nonce + AESGCM(present.keys[present.newest]).encrypt(nonce, plain, head + purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Raises ``Invalid`` when the vault lacks the key, or the value was changed or sealed for something else."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head, nonce, rest = sealed[:5], sealed[5 : 5 + NONCE_BYTES], sealed[5 + NONCE_BYTES :]
        # The keys of the start, too: what was read before a rotation still opens after it.
        keys = {**self.keys, **self.present().keys}
        key = keys.get(self.sealed_by(sealed)) if head[:1] == _VERSION else None
        if key is None:
            raise Invalid(
                "vault_key_missing", "The vault lacks the key of this secret; restore the vault it was made by."
            )
        try:
            return AESGCM(key).decrypt(nonce, rest, head + purpose.encode())
        except InvalidTag as error:
            raise Invalid("vault_value_broken", "A secret in the database was changed; enter it again.") from error

    @staticmethod
    def sealed_by(sealed: bytes) -> int:
        """The id of the key that sealed a value."""
        return int.from_bytes(sealed[1:5], "big")

    def hash(self, text: str, purpose: str) -> bytes:
        """32 bytes by which a text is recognised and from which it cannot be found without the vault."""
        return hmac.digest(self.hash_key, f"{purpose}\x00{text}".encode(), sha256)

    def derive_key(self, purpose: str) -> bytes:
        """32 bytes for another use of the unchanging key, such as signing links."""
        return hmac.digest(self.hash_key, f"derive\x00{purpose}".encode(), sha256)

    def present(self) -> Vault:
        """The vault as its file is now; a file that is away or unreadable just now changes nothing."""
        if self.path is None:
            return self
        try:
            stat = self.path.stat()
            return _read_file(self.path, stat.st_mtime_ns, stat.st_ino)
        except (OSError, Invalid):
            return self

    def rotate(self) -> Vault:
        """The vault with a new key in front."""
        newest = max(self.keys) + 1
        return replace(self, keys={newest: os.urandom(KEY_BYTES), **self.keys}, newest=newest)

    def without_old_keys(self) -> Vault:
        """The vault with its newest key only: for when everything was sealed anew."""
        return replace(self, keys={self.newest: self.keys[self.newest]})

    def write(self) -> str:
        keys = [
            {"id": id_, "key": base64.b64encode(key).decode()} for id_, key in sorted(self.keys.items(), reverse=True)
        ]
        return json.dumps({"keys": keys, "hash_key": base64.b64encode(self.hash_key).decode()}, indent=1) + "\n"


def make_vault() -> Vault:
    return Vault({1: os.urandom(KEY_BYTES)}, 1, os.urandom(KEY_BYTES))


def read_vault(text: str) -> Vault:
    """Raises ``Invalid`` for what is no vault."""
    try:
        given = json.loads(text)
        keys = {int(one["id"]): base64.b64decode(one["key"], validate=True) for one in given["keys"]}
        hash_key = base64.b64decode(given["hash_key"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("vault_unreadable", "The vault is no JSON of keys; restore it from where you keep it.") from error
    if not keys or any(len(key) != KEY_BYTES for key in (*keys.values(), hash_key)):
        raise Invalid("vault_unreadable", "The vault has keys of a wrong length; restore it from where you keep it.")
    return Vault(keys, max(keys), hash_key)


@lru_cache(maxsize=4)
def _read_file(path: Path, mtime_ns: int, inode: int) -> Vault:
    """Read once for each state of the file, which the time and the inode tell."""
    return replace(read_vault(path.read_text(encoding="utf-8")), path=path)


def write_vault(vault: Vault, path: Path) -> None:
    """Puts a vault in the place of the file, whole and readable by its owner only."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(vault.write())
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_or_make_vault(path: Path) -> Vault:
    """The vault of a data folder, made on first use and readable by its owner only."""
    try:
        return replace(read_vault(path.read_text(encoding="utf-8")), path=path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = make_vault()
        # Written beside it and linked: of two processes that start together one makes it, and nobody reads half.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(made.write())
        try:
            os.link(beside, path)
        except FileExistsError:
            made = read_vault(path.read_text(encoding="utf-8"))
        finally:
            beside.unlink()
        return replace(made, path=path)
    except OSError as error:
        raise Invalid(
            "data_dir_unwritable",
            f"The data folder {path.parent} cannot be written: {error.strerror}. "
            "Choose another with KIZUNA_DATA_DIR, or mend its rights or free space on its disk.",
        ) from error
