"""``kizuna setup`` and ``kizuna members``."""

import asyncio
import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kizuna.app.cli import main
from kizuna.kernel.settings import Settings

ANSWERS = ["--workspace", "青山茶舗", "--name", "田中 花", "--email", "hana@example.com"]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Runs the command line on a fresh database."""
    assert settings.database_url
    monkeypatch.setenv("KIZUNA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("KIZUNA_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("KIZUNA_SECRET_KEY", settings.secret_key)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), catch_exceptions=False)

    yield invoke
    asyncio.set_event_loop(None)  # asyncio.run leaves none behind; the next test makes its own


def test_setup_makes_a_workspace_and_a_password(run) -> None:
    made = json.loads(run("setup", *ANSWERS, "--json").stdout)
    assert made["email"] == "hana@example.com"
    assert len(made["password"]) >= 16
    members = json.loads(run("members", "list", "--json").stdout)
    assert members == [
        {"workspace": "青山茶舗", "name": "田中 花", "email": "hana@example.com", "role": "owner", "disabled": False}
    ]
    assert "田中 花 <hana@example.com>  owner" in run("members", "list").stdout


def test_setup_works_once(run) -> None:
    first = run("setup", *ANSWERS, "--password", "correct horse battery")
    assert first.stdout.startswith("Sign in at http")
    assert "battery" not in first.stdout
    second = run("setup", *ANSWERS)
    assert second.exit_code == 1
    assert second.stderr == "kizuna: This installation is set up already; sign in instead.\n"


def test_setup_names_what_is_wrong(run) -> None:
    answer = run("setup", *ANSWERS, "--currency", "GOLD")
    assert answer.exit_code == 1
    assert answer.stderr == "kizuna: Choose a currency by its ISO 4217 code, such as JPY.\n"


def test_a_locked_out_member_gets_a_link(run) -> None:
    run("setup", *ANSWERS)
    (link,) = json.loads(run("members", "reset-link", "HANA@example.com", "--json").stdout)
    assert link["url"].startswith("http://localhost:8100/reset/kzr_")
    unknown = run("members", "reset-link", "nobody@example.com")
    assert unknown.exit_code == 1
    assert unknown.stderr == "kizuna: No active member has the address nobody@example.com.\n"


def test_a_workspace_is_opened_to_every_network_again(run, owner_db: Any) -> None:
    run("setup", *ANSWERS)
    assert "there was no list" in run("members", "allow-everywhere").stderr
    owner_db.execute(
        "INSERT INTO workspace_sign_in (workspace_id, networks) SELECT id, '{203.0.113.0/24}' FROM workspace_workspaces"
    )
    assert run("members", "allow-everywhere").stderr == "kizuna: 青山茶舗 can be used from every network\n"
    assert owner_db.execute("SELECT networks FROM workspace_sign_in").fetchone() == ([],)
    audit = owner_db.execute("SELECT actor_name FROM workspace_audit WHERE action = 'sign_in.changed'").fetchone()
    assert audit == ("Command line",)
    assert run("members", "allow-everywhere", "--workspace", "nowhere").exit_code == 1


def test_a_lost_authenticator_app_is_taken_away(run, owner_db: Any) -> None:
    run("setup", *ANSWERS)
    unknown = run("members", "reset-totp", "hana@example.com")
    assert unknown.stderr == "kizuna: No active member with the address hana@example.com uses an authenticator app.\n"
    owner_db.execute(
        """
        INSERT INTO workspace_totp (workspace_id, member_id, secret_sealed, created_at, confirmed_at)
        SELECT workspace_id, id, '', now(), now() FROM workspace_members
        """
    )
    assert run("members", "reset-totp", "HANA@example.com").exit_code == 0
    assert owner_db.execute("SELECT count(*) FROM workspace_totp").fetchone() == (0,)
