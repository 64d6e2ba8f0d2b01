"""Answers that are never turned away: while the database takes no writes, they wait in files.

A wish is what somebody asked for by a button: these choices, refuse everything optional, no more mail.
It is carried out at once, or else written to ``<data_dir>/privacy-queue/``, sealed by the vault and on disk
before the page says so, and carried out by the server as soon as the database writes again. Each wish is
carried out once: its number is noted in the transaction that records its answers.
"""

import asyncio
import contextlib
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import psycopg

from kizuna.domains.privacy.contracts import AnswerSource
from kizuna.domains.privacy.repository import letters
from kizuna.domains.privacy.service import centre
from kizuna.domains.privacy.service.centre import Change, Given
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import KizunaError, NotFound, Unavailable
from kizuna.kernel.ids import new_id

logger = logging.getLogger(__name__)

SEAL = "privacy.wish"
FILES_MAX = 100_000
"""Some hundred megabytes; a day of everybody unsubscribing."""
LOOK_AGAIN_S = 2.0
REST_S = 15.0
"""Between tries while the database is away."""

CUSTOMER = Actor("system", None, "Preference page")

# A server that was demoted, a disk that is full, a connection that broke: nothing was recorded.
NOT_WRITTEN = (
    Unavailable,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """``choices`` are (purpose, channel, granted); empty for ``refuse``; the one refused for ``unsubscribe``."""

    id: str
    kind: Literal["choices", "refuse", "unsubscribe"]
    workspace_id: int
    key: int
    at: datetime
    language: str
    source: AnswerSource
    choices: tuple[tuple[str, str, bool], ...] = ()
    proof: dict[str, Any] = {}


def make_wish(
    runtime: Runtime,
    kind: Literal["choices", "refuse", "unsubscribe"],
    workspace_id: int,
    key: int,
    language: str,
    proof: dict[str, Any],
    choices: tuple[tuple[str, str, bool], ...] = (),
) -> Wish:
    return Wish(
        id=str(new_id()),
        kind=kind,
        workspace_id=workspace_id,
        key=key,
        at=runtime.clock.now(),
        language=language,
        source="unsubscribe" if kind == "unsubscribe" else "preference_centre",
        choices=choices,
        proof=proof,
    )


async def carry_out(runtime: Runtime, wish: Wish) -> list[Change] | None:
    """What changed; None when the wish waits for the database.

    Raises ``NotFound`` when the person is gone, and ``Unavailable`` when not even the disk takes it.
    """
    try:
        return await _record(runtime, wish)
    except NOT_WRITTEN as error:
        logger.warning("an answer waits for the database", extra={"reason": type(error).__name__})
        await asyncio.to_thread(_write_file, runtime, wish)
        return None


async def _record(runtime: Runtime, wish: Wish) -> list[Change]:
    async with runtime.unit(wish.workspace_id, CUSTOMER) as ctx:
        if not await letters.note_replayed(ctx, wish.id):
            return []
        return await _apply(ctx, wish)


async def _apply(ctx: Context, wish: Wish) -> list[Change]:
    given = Given(wish.at, wish.language, wish.source, wish.proof)
    if wish.kind == "refuse":
        return await centre.refuse_optional(ctx, wish.key, given)
    choices = {(purpose, channel): granted for purpose, channel, granted in wish.choices}
    return await centre.save_choices(ctx, wish.key, choices, given)


def queue_dir(runtime: Runtime) -> Path:
    return runtime.settings.data_dir / "privacy-queue"


def _write_file(runtime: Runtime, wish: Wish) -> None:
    """On disk when this returns: the file, and its name in the folder."""
    folder = queue_dir(runtime)
    name = f"{int(wish.at.timestamp() * 1_000_000):020d}-{wish.id}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if sum(1 for _ in os.scandir(folder)) >= FILES_MAX:
            raise Unavailable("queue_full", "Too many answers wait for the database; try again later.")
        beside = folder / f".{name}"
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(runtime.settings.vault.seal(msgspec.json.encode(wish), SEAL))
            file.flush()
            os.fsync(file.fileno())
        beside.rename(folder / f"{name}.wish")
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unavailable("queue_unwritable", "Your answer could not be kept just now; try again later.") from error


def waiting(runtime: Runtime) -> list[Path]:
    """Files of wishes, oldest first."""
    try:
        return sorted(one for one in queue_dir(runtime).iterdir() if one.suffix == ".wish")
    except FileNotFoundError:
        return []


async def replay(runtime: Runtime) -> int:
    """Carries out what waits, in the order in which it was given; returns how much that was.

    Stops at the first that the database does not take. What cannot be read is set aside as ``.broken``.
    """
    done = 0
    for path in await asyncio.to_thread(waiting, runtime):
        try:
            wish = _read_file(runtime, path)
            if wish is not None:
                await _record(runtime, wish)
        except NOT_WRITTEN:
            return done
        except NotFound:
            pass  # the person or the workspace is gone, and with them what was to be refused
        except (KizunaError, msgspec.MsgspecError):
            logger.exception("an answer that waited cannot be recorded and is set aside", extra={"file": path.name})
            with contextlib.suppress(FileNotFoundError):  # another server did it
                path.rename(path.with_suffix(".broken"))
            continue
        path.unlink(missing_ok=True)
        done += 1
    return done


def _read_file(runtime: Runtime, path: Path) -> Wish | None:
    """None when another server was first."""
    with contextlib.suppress(FileNotFoundError):
        return msgspec.json.decode(runtime.settings.vault.unseal(path.read_bytes(), SEAL), type=Wish)
    return None


async def run_replay(runtime: Runtime) -> None:
    """A service of the server: those who wait are served first when the database is back."""
    while True:
        try:
            await replay(runtime)
            rest_s = REST_S if await asyncio.to_thread(waiting, runtime) else LOOK_AGAIN_S
        except Exception:
            logger.exception("answers that wait could not be carried out")
            rest_s = REST_S
        await asyncio.sleep(rest_s)
