"""Our SDK under the addresses from which Segment's snippet loads analytics.js."""

from functools import lru_cache
from importlib import resources
from pathlib import Path

NAMES = {"analytics.min.js": ("kizuna.min.js", "kizuna.js", "index.js"), "analytics.js": ("kizuna.js", "index.js")}
"""File the snippet asks for → the built files that may stand in for it, best first."""


@lru_cache(maxsize=16)
def find_sdk_file(asked: str) -> bytes | None:
    for folder in _folders():
        for name in NAMES.get(asked, ()):
            if (folder / name).is_file():
                return (folder / name).read_bytes()
    return None


def _folders() -> list[Path]:
    """Inside an installed package, or in a checkout."""
    package = Path(str(resources.files("kizuna")))
    return [package / "app" / "static" / "sdk", package.parents[1] / "sdk" / "dist"]
