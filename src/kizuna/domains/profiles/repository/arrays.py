"""Lists as parameters that PostgreSQL takes apart itself.

psycopg writes an array element by element in Python, which took as long as all the rest of a batch;
joining text is done in C on both sides. In SQL: ``%(keys)s::integer[]`` for ``numbers``,
``profiles_texts(%(names)s)`` for ``texts``.
"""

from collections.abc import Iterable

SEPARATOR = "\x1f"
NULL = "\x1e"


def numbers(values: Iterable[float | None]) -> str:
    """An array literal of numbers or truth values."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def texts(values: Iterable[str | None]) -> str:
    """Texts for ``profiles_texts``. A list of one empty text is not possible, and not needed."""
    given = [NULL if value is None else value for value in values]
    joined = SEPARATOR.join(given)
    if joined.count(SEPARATOR) >= len(given) and given:
        # A text holds the separator itself; normalised identifiers and JSON cannot.
        return SEPARATOR.join([value.replace(SEPARATOR, " ") for value in given])
    return joined
