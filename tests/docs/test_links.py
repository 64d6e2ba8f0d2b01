"""Links between the repository's own pages lead somewhere; mkdocs checks those inside ``docs/``."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
_CODE_PATH = re.compile(
    r"`((?:src|web|sdk|tests|docs|deploy|tools|spec|benchmarks|\.ci)/[\w./\-]*[\w/]|\.importlinter|Makefile)`"
)


def links_of(text: str) -> list[str]:
    return [
        link for link in _LINK.findall(_FENCED.sub("", text)) if "://" not in link and not link.startswith("mailto:")
    ]


def anchors_of(text: str) -> set[str]:
    """Headings as forges turn them into anchors: lower case, punctuation dropped, spaces as hyphens."""
    headings = _HEADING.findall(_FENCED.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_relative_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    dead: list[str] = []
    for link in links_of(text):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors_of(target.read_text(encoding="utf-8"))
        ):
            dead.append(link)
    assert dead == []


def pages_with_paths() -> list[Path]:
    return [ROOT / name for name in PAGES] + sorted(
        page
        for page in (ROOT / "docs").rglob("*.md")
        # The reference is generated; decisions are never rewritten, though files they name may move.
        if page.relative_to(ROOT / "docs").parts[0] not in ("reference", "adr")
    )


@pytest.mark.parametrize("page", pages_with_paths(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_named_files_exist(page: Path) -> None:
    """A page that names a file of the repository names one that is there."""
    named = set(_CODE_PATH.findall(page.read_text(encoding="utf-8")))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
