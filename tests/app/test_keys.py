"""Rotation of the vault's keys: secrets go on working, and nothing is left under the old key."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.cast import Person, Visitor
from tests.domains.collect.test_webhooks import BODY, MAPPING, Till

from kizuna.app import keys
from kizuna.app.keys import rotate_keys
from kizuna.domains.collect.service.secrets import seal_plain_secrets
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict
from kizuna.kernel.settings import Settings
from kizuna.kernel.vault import Vault, make_vault, read_vault

SEALED = "SELECT sealed_secret FROM collect_sources ORDER BY id"


@pytest.fixture
async def till(ada: Person, visitor: Visitor, clock: ManualClock) -> Till:
    new = {"name": "Till", "kind": "webhook", "touchpoint": "store", "settings": {"mapping": MAPPING}}
    source = (await ada.post("/api/collect/sources", json=new)).json()
    secret = (await ada.get(f"/api/collect/sources/{source['id']}/secret")).json()["signing_secret"]
    return Till(visitor, source, secret, clock)


@pytest.fixture(autouse=True)
def _wait_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "WAIT_S_MAX", 0.5)


def file_of(settings: Settings) -> Vault:
    return read_vault((settings.data_dir / "vault.json").read_text())


def sealing_keys(db: psycopg.Connection[Any]) -> set[int]:
    return {Vault.sealed_by(sealed) for (sealed,) in db.execute(SEALED).fetchall()}


def rotate(settings: Settings, **options: Any) -> tuple[str | None, list[str]]:
    said: list[str] = []
    return rotate_keys(settings, **({"keep_old": False, "reseal_only": False, "say": said.append} | options)), said


async def test_a_signing_secret_is_not_in_the_database_and_still_verifies(
    till: Till, owner_db: psycopg.Connection[Any]
) -> None:
    row = owner_db.execute("SELECT signing_secret, collect_sources::text FROM collect_sources").fetchone()
    assert row
    assert row[0] is None
    assert till.secret not in row[1]
    assert (await till.send(BODY)).status_code == 200
    assert (await till.send(BODY, secret="guess")).status_code == 401


async def test_a_running_server_goes_on_through_a_rotation(
    till: Till, ada: Person, settings: Settings, owner_db: psycopg.Connection[Any]
) -> None:
    assert (await till.send(BODY)).status_code == 200
    old = file_of(settings)

    rotate(settings)

    assert file_of(settings).keys.keys() == {2}
    assert file_of(settings).hash_key == old.hash_key
    assert (settings.data_dir / "vault.json").stat().st_mode & 0o777 == 0o600
    assert sealing_keys(owner_db) == {2}
    assert (await till.send(BODY)).status_code == 200
    secret = (await ada.get(f"/api/collect/sources/{till.source['id']}/secret")).json()["signing_secret"]
    assert secret == till.secret
    await ada.post("/api/collect/sources", json={"name": "New", "kind": "server", "touchpoint": "web"})
    assert sealing_keys(owner_db) == {2}


async def test_old_keys_can_stay(till: Till, settings: Settings, owner_db: psycopg.Connection[Any]) -> None:
    rotate(settings, keep_old=True)
    assert file_of(settings).keys.keys() == {1, 2}
    rotate(settings, keep_old=True)
    assert file_of(settings).keys.keys() == {1, 2, 3}
    assert sealing_keys(owner_db) == {3}


async def test_a_rotation_that_was_cut_off_goes_on(
    till: Till, settings: Settings, owner_db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(keys, "reseal", die)
        rotate(settings)
    assert file_of(settings).keys.keys() == {1, 2}
    assert (await till.send(BODY)).status_code == 200

    _, said = rotate(settings)

    assert "going on with the rotation to key 2" in said
    assert file_of(settings).keys.keys() == {2}
    assert sealing_keys(owner_db) == {2}


async def test_old_keys_stay_while_somebody_may_still_seal_by_them(
    till: Till, settings: Settings, owner_db: psycopg.Connection[Any]
) -> None:
    assert settings.database_url
    with psycopg.connect(settings.database_url) as other:
        other.execute("SELECT 1")
        with pytest.raises(Conflict, match="still under way"):
            rotate(settings)
    assert file_of(settings).keys.keys() == {1, 2}


async def test_a_secret_that_no_key_opens_keeps_the_old_keys(
    till: Till, settings: Settings, owner_db: psycopg.Connection[Any]
) -> None:
    foreign = make_vault().seal(b"x", "collect source")
    owner_db.execute("UPDATE collect_sources SET sealed_secret = %s", (foreign,))
    with pytest.raises(Conflict, match="1 secrets are sealed by keys that the vault lacks"):
        rotate(settings)
    assert file_of(settings).keys.keys() == {1, 2}
    # Nobody is believed then, and the sender is told to try again.
    assert (await till.send(BODY)).status_code == 503


async def test_a_vault_from_the_environment_is_rotated_in_two_steps(
    till: Till, settings: Settings, owner_db: psycopg.Connection[Any]
) -> None:
    given = replace(settings, vault=read_vault(settings.vault.write()))
    text, said = rotate(given)
    assert text
    assert "KIZUNA_VAULT" in said[0]
    first = read_vault(text)
    assert first.keys.keys() == {1, 2}
    assert sealing_keys(owner_db) == {1}

    text, _ = rotate(replace(settings, vault=first), reseal_only=True)

    assert text
    assert read_vault(text).keys.keys() == {2}
    assert sealing_keys(owner_db) == {2}
    assert file_of(settings).keys.keys() == {1}


async def test_secrets_of_before_are_sealed_by_and_by(
    till: Till, runtime: Runtime, owner_db: psycopg.Connection[Any]
) -> None:
    owner_db.execute("UPDATE collect_sources SET signing_secret = %s, sealed_secret = NULL", (till.secret,))
    assert (await till.send(BODY)).status_code == 200

    assert await seal_plain_secrets(runtime) == 1

    assert owner_db.execute("SELECT signing_secret FROM collect_sources").fetchone() == (None,)
    assert (await till.send(BODY)).status_code == 200
    assert await seal_plain_secrets(runtime) == 0


async def test_every_sealed_column_exists_and_holds_bytes(runtime: Runtime, owner_db: psycopg.Connection[Any]) -> None:
    """So that no module's secrets are forgotten by a rotation."""
    declared = {(table, column) for table, column, _ in runtime.registry.sealed_columns}
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE '%sealed%'
    """
    assert declared >= set(owner_db.execute(query).fetchall())
    for table, column in declared:
        query = "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s"
        assert owner_db.execute(query, (table, column)).fetchone() == ("bytea",)
