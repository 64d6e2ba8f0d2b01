"""What CONTRIBUTING quotes stands in the files it names."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SECTION = re.compile(r"^### (.+?)$\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
_QUOTE = re.compile(r"^```(?:python|sql|tsx)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`((?:src|tests|web)/[\w./\-]+\.\w+)`")


def quotes() -> list[tuple[str, str, list[Path]]]:
    """(section, quoted code, files the section names)."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walk = text[text.index("## A feature through every file") :]
    return [
        (title, quote, [ROOT / name for name in _NAMED.findall(body)])
        for title, body in _SECTION.findall(walk)
        for quote in _QUOTE.findall(body)
    ]


def holds(source: str, quote: str) -> bool:
    """Every line of the quote, in its order; ``…`` stands for lines that are left out."""
    at = 0
    for part in re.split(r"^\s*…\s*\n", quote, flags=re.MULTILINE):
        found = source.find(part.rstrip(), at)
        if found < 0:
            return False
        at = found + len(part.rstrip())
    return True


@pytest.mark.parametrize(("title", "quote", "files"), [pytest.param(*one, id=one[0]) for one in quotes()])
def test_quotes_are_real(title: str, quote: str, files: list[Path]) -> None:
    assert any(holds(path.read_text(encoding="utf-8"), quote) for path in files), f"{title} quotes what is not there"
