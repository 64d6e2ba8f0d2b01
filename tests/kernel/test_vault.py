"""Secrets at rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from kizuna.kernel.errors import Invalid
from kizuna.kernel.vault import make_vault, read_or_make_vault, read_vault


def test_a_sealed_secret_opens_for_its_purpose_only() -> None:
    vault = make_vault()
    sealed = vault.seal(b"hunter2", "oidc")

    assert vault.unseal(sealed, "oidc") == b"hunter2"
    assert b"hunter2" not in sealed
    with pytest.raises(Invalid, match="was changed"):
        vault.unseal(sealed, "totp")


def test_a_changed_or_foreign_secret_does_not_open() -> None:
    vault = make_vault()
    sealed = vault.seal(b"hunter2", "oidc")

    with pytest.raises(Invalid, match="was changed"):
        vault.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "oidc")
    with pytest.raises(Invalid, match="was changed"):
        make_vault().unseal(sealed, "oidc")
    with pytest.raises(Invalid, match="lacks the key"):
        replace(vault, keys={7: vault.keys[1]}, newest=7).unseal(sealed, "oidc")


def test_after_a_rotation_old_secrets_open_and_new_ones_use_the_new_key() -> None:
    vault = make_vault()
    old = vault.seal(b"old", "x")
    rotated = read_vault(vault.rotate().write())

    assert rotated.unseal(old, "x") == b"old"
    assert rotated.sealed_by(rotated.seal(b"new", "x")) == 2
    with pytest.raises(Invalid, match="lacks the key"):
        rotated.without_old_keys().unseal(old, "x")


def test_a_rotation_changes_no_hash() -> None:
    vault = make_vault()

    assert vault.rotate().hash("ada@example.com", "person") == vault.hash("ada@example.com", "person")
    assert vault.hash("ada@example.com", "person") != vault.hash("ada@example.com", "other")


def test_the_vault_of_a_folder_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "vault.json"
    made = read_or_make_vault(path)

    assert read_or_make_vault(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["vault.json"]


def test_a_broken_vault_is_refused_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    path.write_text("{}")

    with pytest.raises(Invalid, match="no JSON of keys"):
        read_or_make_vault(path)
    assert path.read_text() == "{}"


def test_keys_stay_out_of_a_repr() -> None:
    assert "b'" not in repr(make_vault())
