"""The reference is made from the code, and leaves nothing out."""

import re
from pathlib import Path

import click
import pytest
from tools.reference_http import describe_routes, http_page

from kizuna.app.cli import main
from kizuna.app.modules import load_registry
from kizuna.kernel.settings import SETTINGS_DOC, Settings, read_settings
from tools import make_reference

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented(tmp_path: Path) -> None:
    """What ``read_settings`` asks of the environment is in the table, and nothing else is."""
    asked: set[str] = set()

    class Environment(dict[str, str]):
        def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
            asked.add(name.removesuffix("_FILE"))
            return super().get(name, default)

    read_settings(Environment(KIZUNA_DATA_DIR=str(tmp_path)))
    assert asked == set(SETTINGS_DOC)
    assert {f"KIZUNA_{name}".upper() for name in Settings.__slots__} == set(SETTINGS_DOC)
    assert all(meaning for _, meaning in SETTINGS_DOC.values())


def test_every_command_and_option_is_explained() -> None:
    for name, command in make_reference.commands_of(main):
        assert command.help, f"kizuna {name} has no help"
        silent = [param.name for param in command.params if isinstance(param, click.Option) and not param.help]
        assert silent == [], f"kizuna {name}: options without help"


@pytest.mark.parametrize("name", make_reference.PAGES)
def test_pages_can_be_made(name: str) -> None:
    title, make = make_reference.PAGES[name]
    text = make()
    assert text.startswith(f"# {title}\n")
    assert "None" not in re.sub(r"`[^`]*`", "", text)


def test_every_operation_of_the_api_stands_in_the_reference() -> None:
    document, permissions = describe_routes()
    page = http_page()
    known = load_registry().permissions
    for path, item in document["paths"].items():
        for method in item:
            assert f"### {method.upper()} {path}\n" in page
    assert {name for name in permissions.values() if name != "signed in"} <= set(known)


def test_copied_pages_keep_only_links_the_site_can_follow() -> None:
    copied = make_reference.copy_page(
        "[log](docs/adr/0004.md) [rules](src/kizuna/rules.py) [how](CONTRIBUTING.md#tests) [here](#words)"
    )
    assert copied == "[log](../adr/0004.md) rules [how](../explanation/contributing.md#tests) [here](#words)"


def test_glossary_has_one_meaning_for_each_word() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if re.match(r"\| (?!word )[^-]", line)]
    words = [row[0].strip() for row in rows]
    assert len(words) == len(set(words))
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)


def test_the_admin_app_uses_the_words_of_the_glossary() -> None:
    """Of the sections about what people see, every Japanese word is in the app, but for what only the code knows."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    seen = text[: text.index("## Lake")] + text[text.index("## Work and people") : text.index("## Building blocks")]
    only_code = {"node", "alias", "trust", "inbox", "drain"}
    shown = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "web" / "src").rglob("*.ts*"))
    rows = [line.split("|")[1:3] for line in seen.splitlines() if re.match(r"\| (?!word )[^-]", line)]
    missing = [
        word.strip() for word, japanese in rows if japanese.strip() not in shown and word.strip() not in only_code
    ]
    assert missing == []
