"""Commands that the pages tell people to type exist."""

import re
from pathlib import Path

import pytest

from kizuna.app.cli import main
from tools import make_reference

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "tutorials").glob("*.md")),
    *sorted((ROOT / "docs" / "explanation").glob("*.md")),
]
COMMANDS = dict(make_reference.commands_of(main))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

_TYPED = re.compile(
    r"(?:^\s*|`|&& |, `|bin/)kizuna "
    r"((?:[a-z][a-z-]*)(?: (?:list|reset-link|reset-totp|allow-everywhere|make|rotate))?)((?: [^`\n#]*)?)",
    re.MULTILINE,
)
_MADE = re.compile(r"(?:^\s*|`|&& )make ([a-z -]+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for command, rest in _TYPED.findall(text):
        assert command in COMMANDS, f"kizuna {command}"
        known = {option for param in COMMANDS[command].params for option in param.opts} | {"--help"}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, f"kizuna {command}{rest}"
    for targets in _MADE.findall(text):
        assert set(targets.split()) <= TARGETS, f"make {targets}"
