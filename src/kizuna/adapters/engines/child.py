"""The process that analysts' SQL runs in: ``python -m kizuna.adapters.engines.child``.

A process of its own, because a limit inside DuckDB does not bind everything: ``repeat('a', 3e9)``
takes 6 GB past its memory limit and cannot be interrupted. Here the kernel refuses the memory, and
the parent may kill. It asks its questions over stdin, answers over stdout, and ends with its parent.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import BinaryIO

import msgspec

from kizuna.adapters.engines.duckdb import Session, explain_error
from kizuna.adapters.engines.messages import HEADER, Answer, Ask, Failure
from kizuna.adapters.lake.scratch import open_scratch, sweep_scratch
from kizuna.kernel.errors import KizunaError
from kizuna.kernel.process import prepare_to_die_with_parent

# Beyond DuckDB's own share: interpreter, Arrow, results being encoded.
SLACK_MB = 512


def main() -> None:
    memory_mb, threads = int(sys.argv[1]), int(sys.argv[2])
    questions, answers = _take_pipes()
    _limit_process(memory_mb)
    # A query that took too long was killed with what it had spilled.
    sweep_scratch()
    with open_scratch("kizuna-sql-") as spill_dir:
        _serve(questions, answers, memory_mb, threads, spill_dir)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Nothing that prints may write into the answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, answers


def _limit_process(memory_mb: int) -> None:
    limit = (memory_mb + SLACK_MB) << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prepare_to_die_with_parent(signal.SIGKILL)()


def _serve(questions: BinaryIO, answers: BinaryIO, memory_mb: int, threads: int, spill_dir: str) -> None:
    session: Session | None = None
    _send(answers, b"")
    while len(header := questions.read(HEADER.size)) == HEADER.size:
        ask = msgspec.msgpack.decode(questions.read(HEADER.unpack(header)[0]), type=Ask)
        try:
            if session is None or session.view != ask.view:
                if session is not None:
                    session.close()
                session = None
                session = Session(ask.view, memory_mb=memory_mb, threads=threads, spill_dir=spill_dir)
            answer = Answer(result=session.run(ask.sql, ask.limit))
        except Exception as error:
            answer = Answer(failure=_failure(error))
        _send(answers, msgspec.msgpack.encode(answer))


def _send(answers: BinaryIO, body: bytes) -> None:
    answers.write(HEADER.pack(len(body)) + body)
    answers.flush()


def _failure(error: Exception) -> Failure:
    known = error if isinstance(error, KizunaError) else explain_error(error)
    return Failure(known.kind, known.code, known.message)


if __name__ == "__main__":
    main()
