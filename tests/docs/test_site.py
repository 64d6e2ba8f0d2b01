"""The documentation site can be built, without dead links, and asks nobody for anything."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import make_reference

ROOT = Path(__file__).parents[2]
# Addresses that a page may load by itself; links that a reader follows are another matter.
_LOADED = re.compile(
    r'<(?:script|img|iframe|source)[^>]+src="(https?:)?//|<link(?![^>]*canonical)[^>]+href="(https?:)?//'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    make_reference.main(folder / "docs")
    # Not --quiet: it would hide the very warnings that --strict counts.
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=folder,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return folder / "site"


def test_builds_without_dead_links(site: Path) -> None:
    assert (site / "index.html").is_file()


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    guilty = [
        page.relative_to(site).as_posix()
        for page in site.rglob("*.html")
        if _LOADED.search(page.read_text(encoding="utf-8"))
    ]
    assert guilty == []
