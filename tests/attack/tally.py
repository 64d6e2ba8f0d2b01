"""What was tried, for the last line of the test run."""

from collections import Counter

OPERATIONS: set[str] = set()
REQUESTS: Counter[str] = Counter()


def note(asker: str, operation: str) -> None:
    OPERATIONS.add(operation)
    REQUESTS[asker] += 1


def summary() -> str:
    return f"attack: {len(OPERATIONS)} operations × {len(REQUESTS)} askers, {REQUESTS.total():,} requests"
