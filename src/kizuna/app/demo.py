"""``kizuna demo``: a workspace with a grocer's year, loaded through the public HTTP API.

It starts everything as ``kizuna up`` does. The first run loads; one that was interrupted goes on where
it stopped; any later run starts at once.
"""

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from kizuna.app.api_client import ApiClient, ApiError
from kizuna.app.demo_data import HOUSEHOLD_MAPPING, ORDER_MAPPING, DemoData
from kizuna.app.supervisor import Supervisor
from kizuna.kernel.errors import Conflict
from kizuna.kernel.settings import Settings

EMAIL = "ada@example.com"
READY_TIMEOUT_S = 60
LAKE_TIMEOUT_S = 120
SCORES_TIMEOUT_S = 120
BATCH_EVENTS = 500
POLL_S = 0.3

HOUSEHOLDS_FILE = "households.csv"
ORDERS_FILE = "order-lines.parquet"

Say = Callable[[str], None]


def run_demo(settings: Settings, say: Say) -> None:
    """Runs until SIGTERM or Ctrl-C. Raises ``NotFound`` when the demo's data are not installed."""
    data = DemoData()
    supervisor = Supervisor(settings, say)
    loading = _Loading(settings, data, say)
    try:
        supervisor.prepare()
        supervisor.run(lambda: threading.Thread(target=loading.run, args=(supervisor,), daemon=True).start())
    finally:
        supervisor.stop()
    if loading.error is not None:
        raise loading.error


@dataclass
class _Loading:
    """Loads beside the supervisor, which meanwhile watches its children."""

    settings: Settings
    data: DemoData
    say: Say
    error: Exception | None = None

    def run(self, supervisor: Supervisor) -> None:
        try:
            load_demo(self.settings, self.data, self.say)
        except OSError as error:  # while stopping, connections break: that is no fault
            if not supervisor.stopping:
                self.error = Conflict("demo_failed", f"The demo could not be loaded: {error}. Run it again to go on.")
        except Exception as error:
            self.error = error
        if self.error is not None:
            supervisor.ask_to_stop()


def load_demo(settings: Settings, data: DemoData, say: Say) -> None:
    """Loads what is not loaded yet and says what there is."""
    host = "[::1]" if settings.host == "::" else settings.host.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    client = ApiClient(f"http://{host}:{settings.port}")
    client.wait_until_ready(READY_TIMEOUT_S)
    notes = Notes(settings.data_dir)
    _enter(client, notes)
    if not notes.done:
        started = time.monotonic()
        say("loading a grocer's year: households, 1.47 million order lines, campaigns, coupons")
        with _bars() as bars:
            _Loader(client, data, settings.data_dir / "demo", bars).load_all()
        notes.finish()
        say(f"loaded in {time.monotonic() - started:.0f} seconds; no date was moved: the year is 2017")
    _tell(client, notes, settings, say)


class Notes:
    """What the demo remembers in the data folder: the password, and whether all is loaded."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "demo.json"
        self._values: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}

    @property
    def password(self) -> str | None:
        return self._values.get("password")

    @property
    def done(self) -> bool:
        return bool(self._values.get("done"))

    def keep_password(self, password: str) -> None:
        self._values["password"] = password
        self._write()

    def finish(self) -> None:
        self._values["done"] = True
        self._write()

    def _write(self) -> None:
        partial = self.path.with_suffix(".part")
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump({"email": EMAIL, **self._values}, file, indent=2)
        partial.replace(self.path)


def _enter(client: ApiClient, notes: Notes) -> None:
    """Signs in as Ada; makes the workspace first where there is none."""
    if client.get("/api/setup")["needed"]:
        if notes.password is None:
            notes.keep_password(secrets.token_urlsafe(12))
        client.post("/api/setup", describe_workspace(notes.password or ""))
        client.learn_token()
        return
    if notes.password is None:
        raise Conflict(
            "demo_folder_taken",
            "This data folder holds a workspace that is not the demo's. "
            "Choose another folder with KIZUNA_DATA_DIR, or start this one with: kizuna up",
        )
    try:
        client.sign_in(EMAIL, notes.password)
    except ApiError as error:
        raise Conflict(
            "demo_password_changed", f"The demo's sign-in no longer works ({error.message}) Start with: kizuna up"
        ) from error


def describe_workspace(password: str) -> dict[str, str]:
    language = "ja" if os.environ.get("LANG", "").startswith("ja") else "en"
    return {
        "workspace_name": "Complete Journey Grocers",
        "owner_name": "Ada",
        "email": EMAIL,
        "password": password,
        "time_zone": "America/New_York",
        "currency": "USD",
        "week_start": "sunday",
        "language": language,
        "country": "US",
    }


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[note]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
        console=Console(stderr=True),
    )


@dataclass
class _Loader:
    """Every step looks first whether it was done by an earlier run."""

    client: ApiClient
    data: DemoData
    folder: Path
    bars: Progress
    sources: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    sent: int = 0
    """Events that went through the tracking API."""

    def load_all(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sources = {one["name"]: one for one in self.client.get("/api/collect/sources")["items"]}
        members = self._source("Loyalty programme", "import", "store")
        tills = self._source("Store tills", "import", "store")
        self._import(HOUSEHOLDS_FILE, "profiles", HOUSEHOLD_MAPPING, members["id"], self.data.write_households)
        self._import(ORDERS_FILE, "orders", ORDER_MAPPING, tills["id"], self.data.write_orders)
        self._send("Campaigns", self._source("Campaign mailings", "server", "email"), list(self.data.campaigns()))
        self._send("Coupon redemptions", self._source("Coupon desk", "server", "store"), list(self.data.redemptions()))
        self._wait_for_lake()
        self._score()

    def _source(self, name: str, kind: str, touchpoint: str) -> dict[str, Any]:
        if name not in self.sources:
            body = {"name": name, "kind": kind, "touchpoint": touchpoint}
            self.sources[name] = self.client.post("/api/collect/sources", body)
        return self.sources[name]

    def _import(
        self, filename: str, kind: str, mapping: dict[str, str], source_id: int, write: Callable[[Path], None]
    ) -> None:
        bar = self.bars.add_task(f"{kind.capitalize()}", total=None, note="preparing")
        found = [one for one in self.client.get("/api/collect/imports")["items"] if one["filename"] == filename]
        job_id = found[0]["id"] if found else self._upload(filename, kind, mapping, source_id, write, bar)
        if found and found[0]["state"] in ("stopped", "failed"):
            self.client.post(f"/api/jobs/{job_id}/resume", {})
        self._watch(job_id, bar)
        (self.folder / filename).unlink(missing_ok=True)

    def _upload(
        self,
        filename: str,
        kind: str,
        mapping: dict[str, str],
        source_id: int,
        write: Callable[[Path], None],
        bar: Any,
    ) -> int:
        path = self.folder / filename
        if not path.exists():
            write(path)
        self.bars.update(bar, note="uploading")
        upload = self.client.upload(path, lambda sent: None)
        body = {"upload_id": upload["id"], "kind": kind, "mapping": mapping, "source_id": source_id}
        return self.client.post("/api/collect/imports", body)["id"]

    def _watch(self, job_id: int, bar: Any) -> None:
        while True:
            job = self.client.get(f"/api/jobs/{job_id}")
            self.bars.update(bar, completed=job["done"], total=job["total"], note=job["message"] or job["state"])
            if job["state"] == "done":
                return
            if job["state"] in ("failed", "stopped"):
                raise Conflict(
                    "demo_import_failed",
                    f"“{job['title']}” {job['state']}: {job['message']} Run the demo again to go on.",
                )
            time.sleep(POLL_S)

    def _send(self, title: str, source: dict[str, Any], events: list[dict[str, Any]]) -> None:
        bar = self.bars.add_task(title, total=len(events), note="sending to /v1/batch")
        for part in _batches(events):
            self.client.send_batch(source["write_key"], part)
            self.bars.advance(bar, len(part))
        self.sent += len(events)
        self.bars.update(bar, note="")

    def _wait_for_lake(self) -> None:
        """What was acknowledged is safe already; queries see it once the drain has carried it to the lake."""
        wanted = self.sent + sum(one["events_sent"] for one in self.client.get("/api/collect/imports")["items"])
        bar = self.bars.add_task("Events in the lake", total=wanted, note="")
        end = time.monotonic() + LAKE_TIMEOUT_S
        while time.monotonic() < end:
            there = sum(count for _, count in count_events(self.client))
            self.bars.update(bar, completed=min(there, wanted))
            if there >= wanted and everybody_is_there(self.client):
                return
            time.sleep(POLL_S)

    def _score(self) -> None:
        """Turns every customer score on, as of the last event: the year is over. One that has too little to go on
        says so on its page."""
        off = [one["key"] for one in list_scores(self.client) if not one["enabled"]]
        for key in off:
            self.client.put(f"/api/analytics/scores/{key}", {"enabled": True, "as_of": "last_event"})
        end = time.monotonic() + SCORES_TIMEOUT_S
        jobs = [one["job_id"] for one in list_scores(self.client) if one["job_id"] is not None]
        bar = self.bars.add_task("Customer scores", total=len(jobs), note="")
        for job_id in jobs:
            while (job := self.client.get(f"/api/jobs/{job_id}"))["state"] in ("queued", "running"):
                if time.monotonic() > end:
                    self.bars.update(bar, note="still being worked out")
                    return
                time.sleep(POLL_S)
            self.bars.update(bar, advance=1, note=job["message"] if job["state"] == "failed" else "")


def _batches(events: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(events), BATCH_EVENTS):
        yield events[start : start + BATCH_EVENTS]


def count_events(client: ApiClient) -> list[tuple[str, int]]:
    """(name, how many) of all events in the lake, most first."""
    sql = "SELECT name, count(*) AS n FROM events GROUP BY name ORDER BY n DESC"
    try:
        return [(row[0], int(row[1])) for row in client.post("/api/analytics/sql", {"sql": sql, "limit": 50})["rows"]]
    except ApiError:
        return []  # no lake yet


def everybody_is_there(client: ApiClient) -> bool:
    """Whether the lake knows the profile of everybody who did something: they come there after the events."""
    sql = "SELECT count(*) FROM events WHERE profile_id NOT IN (SELECT profile_id FROM profiles)"
    try:
        return int(client.post("/api/analytics/sql", {"sql": sql, "limit": 1})["rows"][0][0]) == 0
    except ApiError:
        return False  # no profile yet


def list_scores(client: ApiClient) -> list[dict[str, Any]]:
    return client.get("/api/analytics/scores")["items"]


def _tell(client: ApiClient, notes: Notes, settings: Settings, say: Say) -> None:
    for name, count in count_events(client):
        say(f"  {count:>9,}  {name}")
    scores = list_scores(client)
    say(f"  {sum(one['people'] > 0 for one in scores):>9,}  of {len(scores)} customer scores, written to profiles")
    say(f"open {settings.public_url} and sign in as {EMAIL} with the password {notes.password}")
    say(f"the password is also kept in {notes.path}")
    say("stop with Ctrl-C; the next start takes seconds")
