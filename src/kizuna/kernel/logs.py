"""Structured logs: one JSON object a line, with the request's id."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


# PostgreSQL and its driver quote the row that was refused: (email)=(hanako@example.com).
_QUOTED_ROW = re.compile(
    r"^(?:DETAIL|CONTEXT|LINE \d+): .*?(?=^(?:HINT|  File |Traceback |The above |During )|\Z)", re.DOTALL | re.MULTILINE
)
_QUOTED_VALUE = re.compile(r'(invalid input [^\n:]*|value out of range[^\n:]*|malformed [^\n:]*): ".*"')


def hide_values(text: str) -> str:
    """A database's message without what it quotes of the customer's data."""
    return _QUOTED_VALUE.sub(r"\1", _QUOTED_ROW.sub("", text)).rstrip()


class JsonFormatter(logging.Formatter):
    """Extra fields of the record become fields of the object; secrets are never given to a logger."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
        }
        entry.update((k, v) for k, v in vars(record).items() if k not in _STANDARD)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        entry = {k: hide_values(v) if isinstance(v, str) else v for k, v in entry.items()}
        return json.dumps(entry, ensure_ascii=False, default=str)


def configure_logs(level: str) -> None:
    """Sends all logs of the process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These write down arguments, addresses and headers; also a level of ours must not show them.
    for chatty in ("alembic", "procrastinate", "psycopg", "psycopg.pool", "httpx", "httpcore", "_granian"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
