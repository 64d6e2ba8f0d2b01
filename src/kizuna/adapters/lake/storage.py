"""Where a lake's files are: a folder of this machine or an object store, behind one small surface.

A workspace has a folder ``ws=<id>``, with one Delta table a kind in it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa
from deltalake.exceptions import DeltaError

from kizuna.kernel.errors import KizunaError, Unavailable

READ_TRIES = 3

T = TypeVar("T")


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Turns what storage and delta-rs raise into ``Unavailable`` with a sentence."""
    try:
        yield
    except KizunaError:
        raise
    except (OSError, DeltaError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:300]
        raise Unavailable(
            "lake_unavailable",
            f"The lake failed while {doing}: {reason}. Check that KIZUNA_LAKE_URL can be reached and written, "
            "and that its disk has room.",
            retry_after_s=5,
        ) from error


def again_when_gone(read: Callable[[], T]) -> T:
    """Reads once more, of the version that is present then, when an erasure deleted files meanwhile."""
    for _ in range(READ_TRIES - 1):
        try:
            return read()
        except Exception as error:
            if not is_gone(error):
                raise
    return read()


def is_gone(error: BaseException | None) -> bool:
    """Whether a file was not there; engines that read through our streams wrap what they are told."""
    while error is not None:
        if isinstance(error, FileNotFoundError) or "FileNotFoundError" in str(error):
            return True
        error = error.__cause__
    return False


class Storage:
    """Files by path below a root URL."""

    def __init__(self, url: str, options: Mapping[str, str] | None = None) -> None:
        scheme = urlsplit(url).scheme
        self.options = dict(options or {})
        self.root: Path | None = None
        if scheme in ("", "file"):
            self.root = Path(urlsplit(url).path if scheme else url).absolute()
            url = str(self.root)
        self.url = url.rstrip("/")

    @property
    def local(self) -> bool:
        return self.root is not None

    def folder(self, workspace_id: int, table: str) -> Folder:
        return Folder(self, f"{self.url}/ws={workspace_id}/{table}")

    def workspace_dir(self, workspace_id: int) -> str | None:
        """The folder of a workspace, when it is on this machine."""
        return None if self.root is None else str(self.root / f"ws={workspace_id}")


class Folder:
    """One table's folder. Paths are relative to it, as in the Delta log."""

    def __init__(self, storage: Storage, url: str) -> None:
        self.url = url
        self.local = storage.local
        self.options = storage.options
        self._filesystem: Any = None

    def full_path(self, path: str) -> str:
        return f"{self.url}/{path}"

    def open_input(self, path: str) -> pa.NativeFile:
        if self.local:
            # Not mapped: the pages of large files would be counted as the process's memory.
            return pa.OSFile(self.full_path(path))
        return self._remote().open_input_file(path)

    @contextmanager
    def open_output(self, path: str) -> Iterator[Any]:
        """A new file. It is on disk when the block ends, or it is not there at all."""
        if not self.local:
            with self._remote().open_output_stream(path) as stream:
                yield stream
            return
        full = self.full_path(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        try:
            with open(full, "xb") as file:
                # Tells a file at work from one that a killed process left; the system lets go of it.
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            with suppress(OSError):
                os.unlink(full)
            raise

    def link(self, path: str, new: str) -> None:
        """The same content under another name. Files never change, so a folder holds it once."""
        if not self.local:
            self._remote().copy_file(path, new)
            return
        old, full = self.full_path(path), self.full_path(new)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        try:
            os.link(old, full)
            # Old files outside of the table are taken for left ones.
            os.utime(full)
        except FileNotFoundError:
            raise
        except OSError:  # a file system without links
            shutil.copyfile(old, full)
        self.sync(new)

    def is_being_written(self, path: str) -> bool:
        """Whether a process is at work on a file. In an object store a file is there once it is whole."""
        if not self.local:
            return False
        try:
            with open(self.full_path(path), "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def size(self, path: str) -> int:
        if self.local:
            return os.path.getsize(self.full_path(path))
        return self._remote().get_file_info(path).size

    def exists(self, path: str) -> bool:
        if self.local:
            return os.path.exists(self.full_path(path))
        import pyarrow.fs as fs

        return self._remote().get_file_info(path).type == fs.FileType.File

    def delete(self, path: str) -> None:
        """Deletes a file; one that is not there is no error."""
        with suppress(FileNotFoundError):
            if self.local:
                os.unlink(self.full_path(path))
            else:
                self._remote().delete_file(path)

    def list(self, prefix: str) -> list[tuple[str, float]]:
        """Files below a folder, with their age stamp (seconds since 1970)."""
        if self.local:
            base = Path(self.full_path(prefix))
            return [(str(f.relative_to(self.url)), f.stat().st_mtime) for f in base.rglob("*") if f.is_file()]
        import pyarrow.fs as fs

        selector = fs.FileSelector(prefix, recursive=True, allow_not_found=True)
        found = self._remote().get_file_info(selector)
        return [(f.path, f.mtime.timestamp()) for f in found if f.type == fs.FileType.File and f.mtime]

    def sync(self, path: str) -> None:
        """Puts a file that somebody else wrote, and its name, on disk."""
        if not self.local:
            return
        full = self.full_path(path)
        for name in (full, os.path.dirname(full)):
            with suppress(OSError):
                handle = os.open(name, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)

    def _remote(self) -> Any:
        if self._filesystem is None:
            self._filesystem = open_filesystem(self.url, self.options)
        return self._filesystem


def open_filesystem(url: str, options: Mapping[str, str]) -> Any:
    """Arrow's own client of an object store, at a folder.

    Not delta-rs's, though it could: that one holds Python's lock while it waits for the network,
    and nothing else in the process would move.
    """
    import pyarrow.fs as fs

    parts = urlsplit(url)
    if parts.scheme in ("s3", "s3a"):
        return fs.SubTreeFileSystem(parts.netloc + parts.path, fs.S3FileSystem(**_s3_arguments(options)))
    store, path = fs.FileSystem.from_uri(url)
    return fs.SubTreeFileSystem(path, store)


def _s3_arguments(options: Mapping[str, str]) -> dict[str, Any]:
    """The same settings as delta-rs reads, from the options or the environment. What is missing
    Arrow finds as AWS's own tools do (profiles, instance roles)."""
    values = {name.upper(): value for name, value in {**os.environ, **options}.items()}
    names = {
        "access_key": "AWS_ACCESS_KEY_ID",
        "secret_key": "AWS_SECRET_ACCESS_KEY",
        "session_token": "AWS_SESSION_TOKEN",
        "region": "AWS_REGION",
    }
    arguments: dict[str, Any] = {key: values[name] for key, name in names.items() if values.get(name)}
    endpoint = urlsplit(values.get("AWS_ENDPOINT_URL_S3") or values.get("AWS_ENDPOINT_URL") or "")
    if endpoint.netloc:
        arguments |= {"endpoint_override": endpoint.netloc, "scheme": endpoint.scheme}
    if "region" not in arguments and values.get("AWS_DEFAULT_REGION"):
        arguments["region"] = values["AWS_DEFAULT_REGION"]
    return arguments
