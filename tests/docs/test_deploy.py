"""The deployment examples speak of settings and commands that exist."""

import re
from pathlib import Path

import pytest
import yaml

from kizuna.app.cli import main
from kizuna.kernel.settings import SETTINGS_DOC

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(
    path for path in DEPLOY.rglob("*") if path.is_file() and "secrets" not in path.parts and path.name != ".gitignore"
)
# Settings of the examples themselves, not of Kizuna.
OF_THE_EXAMPLE = {"KIZUNA_HOSTNAME"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_settings_and_commands_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    settings = {name.removesuffix("_FILE") for name in re.findall(r"\bKIZUNA_[A-Z_]+[A-Z]", text)}
    commands = set(re.findall(r"(?:bin/kizuna |\[\"?kizuna\"?, \"?|`kizuna )([a-z]+)", text))
    assert settings - OF_THE_EXAMPLE - set(SETTINGS_DOC) == set()
    assert commands - set(main.commands) == set()


def test_compose_example_is_whole() -> None:
    """Every service, secret and volume that is named is defined."""
    example = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = example["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service.get("secrets", ())) <= set(example["secrets"])
        named = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert {name for name in named if not name.startswith(".")} <= set(example["volumes"])
