"""Settings come from the environment and say what is wrong with them."""

from pathlib import Path

import pytest

from kizuna.kernel.errors import Invalid
from kizuna.kernel.settings import SETTINGS_DOC, Settings, read_settings


def test_defaults_run_everything_in_one_folder(tmp_path: Path) -> None:
    settings = read_settings({"KIZUNA_DATA_DIR": str(tmp_path)})

    assert settings.embedded
    assert settings.lake_url == str(tmp_path / "lake")
    assert settings.public_url == "http://localhost:8100"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")

    settings = read_settings({"KIZUNA_DATA_DIR": str(tmp_path), "KIZUNA_SECRET_KEY_FILE": str(tmp_path / "key")})

    assert settings.secret_key == "from-a-file"


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="KIZUNA_SECRET_KEY_FILE names /nowhere/key"):
        read_settings({"KIZUNA_DATA_DIR": str(tmp_path), "KIZUNA_SECRET_KEY_FILE": "/nowhere/key"})


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = read_settings({"KIZUNA_DATA_DIR": str(tmp_path)})
    second = read_settings({"KIZUNA_DATA_DIR": str(tmp_path)})

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "1.5"])
def test_a_wrong_port_is_refused_with_its_range(tmp_path: Path, port: str) -> None:
    with pytest.raises(Invalid, match="KIZUNA_PORT must be a whole number from 1 to 65535"):
        read_settings({"KIZUNA_DATA_DIR": str(tmp_path), "KIZUNA_PORT": port})


def test_every_setting_is_explained() -> None:
    fields = {f"KIZUNA_{name.upper()}" for name in Settings.__dataclass_fields__}

    assert fields == set(SETTINGS_DOC)
