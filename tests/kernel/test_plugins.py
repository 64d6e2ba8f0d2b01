"""A plug-in is one file in a folder."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from kizuna.kernel.errors import Invalid
from kizuna.kernel.plugins import discover


class Greeting:
    def __init__(self, key: str) -> None:
        self.key = key


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "greetings"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "base.py").write_text("PLUGIN = 'not a plug-in'")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith("greetings")]:
        del sys.modules[name]


def load() -> ModuleType:
    importlib.invalidate_caches()
    return importlib.import_module("greetings")


def write(folder: Path, file: str, key: str) -> None:
    (folder / file).write_text(f"from {__name__} import Greeting\nPLUGIN = Greeting({key!r})\n")


def test_a_new_file_is_found_without_telling_anybody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Greeting.__module__])
    write(folder, "hello.py", "hello")
    write(folder, "konnichiwa.py", "konnichiwa")

    assert set(discover(load(), Greeting)) == {"hello", "konnichiwa"}


def test_two_plugins_cannot_claim_one_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Greeting.__module__])
    write(folder, "one.py", "hello")
    write(folder, "two.py", "hello")

    with pytest.raises(Invalid, match="Two Greeting plug-ins use the key 'hello'"):
        discover(load(), Greeting)
