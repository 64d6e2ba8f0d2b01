"""A real PostgreSQL for every test run, a fresh database for every test that asks for one.

One embedded server is started per test process; the schema is migrated once into a template, and
each database is a copy of it (a file copy: about 50 ms).
"""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from litestar import Litestar

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.engines.spark import SparkEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.adapters.postgres.embedded import EmbeddedPostgres
from kizuna.adapters.postgres.migrate import migrate
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.process import collect_garbage_rarely
from kizuna.kernel.settings import Settings, read_settings
from tests.cast import Person, Visitor, make_workspace, sign_in, started
from tests.spark import HAS_JAVA, NO_JAVA, Engines, share_cluster

# Tests may lose data in a power cut; that makes them several times faster.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

START = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def rare_garbage() -> Iterator[None]:
    """Garbage is looked for as rarely as servers and workers do; and not after each job, for a test process keeps so
    much that this would take longer than the job."""
    import kizuna.app.asgi
    import kizuna.app.worker

    collect_garbage_rarely()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kizuna.app.worker, "give_back_memory", lambda: None)
        yield


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for this test process, short enough for a socket, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="kz-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[EmbeddedPostgres]:
    from kizuna.adapters.postgres import embedded

    embedded.OPTIONS.update(FAST)
    server = EmbeddedPostgres(scratch / "pg")
    server.start()
    try:
        migrate(server.url)
        yield server
    finally:
        server.stop()


_numbers = itertools.count(1)


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a fresh, migrated database of this test alone."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    maintenance = postgres.url.replace("/kizuna?", "/postgres?")
    with psycopg.connect(maintenance, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE kizuna STRATEGY FILE_COPY")
    yield postgres.url.replace("/kizuna?", f"/{name}?")
    with psycopg.connect(maintenance, autocommit=True) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    made = read_settings({"KIZUNA_DATA_DIR": str(tmp_path / "data"), "KIZUNA_SECRET_KEY": "test-secret"})
    return replace(made, database_url=database_url)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def runtime(settings: Settings, clock: ManualClock) -> AsyncIterator[Runtime]:
    """The application's runtime on a fresh database, with a clock that stands still."""
    from kizuna.app.build import build_runtime

    made, database = build_runtime(settings, clock)
    yield made
    await made.engine.close()
    await made.lake.close()
    await database.close()


@pytest.fixture
async def app(settings: Settings, clock: ManualClock) -> AsyncIterator[Litestar]:
    """The web application, started; it shares database and clock with ``runtime``."""
    from kizuna.app.asgi import create_app

    made = create_app(settings, clock)
    async with started(made):
        yield made


@pytest.fixture
async def visitor(app: Litestar) -> AsyncIterator[Visitor]:
    """An HTTP client that nobody has signed in."""
    async with Visitor(app) as client:
        yield client


@pytest.fixture
async def ada(app: Litestar, runtime: Runtime) -> AsyncIterator[Person]:
    """Owner of the workspace."""
    made = await make_workspace(runtime, "Aoyama Tea", "Ada")
    async with await sign_in(app, runtime, made.workspace_id, "Ada", "owner", made.member_id) as person:
        yield person


@pytest.fixture
async def ben(app: Litestar, runtime: Runtime, ada: Person) -> AsyncIterator[Person]:
    """Analyst in Ada's workspace."""
    async with await sign_in(app, runtime, ada.workspace_id, "Ben", "analyst") as person:
        yield person


@pytest.fixture
async def cleo(app: Litestar, runtime: Runtime, ada: Person) -> AsyncIterator[Person]:
    """Agent in Ada's workspace."""
    async with await sign_in(app, runtime, ada.workspace_id, "Cleo", "agent") as person:
        yield person


@pytest.fixture
async def dan(app: Litestar, runtime: Runtime) -> AsyncIterator[Person]:
    """Owner of another workspace: a stranger."""
    made = await make_workspace(runtime, "Dan's Diner", "Dan")
    async with await sign_in(app, runtime, made.workspace_id, "Dan", "owner", made.member_id) as person:
        yield person


@pytest.fixture
def owner_db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The database owner's view, past all policies: to look at what really is there."""
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture(scope="session")
def spark_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster that all processes of this run share; skips where there is no Java."""
    if not HAS_JAVA:
        pytest.skip(NO_JAVA)
    base = tmp_path_factory.getbasetemp()
    with share_cluster((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "spark") as url:
        yield url


@pytest.fixture(scope="session")
def spark_engine(spark_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    """One session for all tests of this process, over a folder that is not easily named."""
    lake = DeltaLake(str(tmp_path_factory.mktemp("spark") / "the lake [1] {é} 100%"))
    engine = SparkEngine(spark_url, lake, timeout_s=300)
    asyncio.run(engine.check())  # a copy of it shares its session, which would not be closed if it were another
    yield engine
    asyncio.run(engine.close())
    asyncio.run(lake.close())


@pytest.fixture
async def engines(spark_engine: SparkEngine) -> AsyncIterator[Engines]:
    """Both engines over one lake, with an empty workspace."""
    lake = DeltaLake(spark_engine.lake.url)
    yield Engines(lake, LocalEngine(lake), spark_engine)
    await lake.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks Spark comes last, so that the cluster does not stand idle while everything else is tested."""
    items.sort(key=lambda item: "spark_url" in getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much the attack tried: a number that falls is a door nobody looks at any more."""
    from tests.attack import tally

    if tally.REQUESTS:
        terminalreporter.write_line(tally.summary())
