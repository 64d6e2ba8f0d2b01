"""Makes the ``Runtime`` from the settings."""

from kizuna.adapters.engines import open_engine
from kizuna.adapters.http import HttpOutbound
from kizuna.adapters.lake import open_lake
from kizuna.adapters.mail import open_mailer
from kizuna.adapters.postgres.database import PostgresDatabase
from kizuna.adapters.postgres.embedded import database_url
from kizuna.adapters.postgres.live import PostgresLive
from kizuna.app.modules import load_registry
from kizuna.domains.workspace.api import load_workspace
from kizuna.kernel.clock import Clock, SystemClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings


def build_runtime(settings: Settings, clock: Clock | None = None) -> tuple[Runtime, PostgresDatabase]:
    """The runtime and its database; close the database when done."""
    database = PostgresDatabase(database_url(settings))
    lake = open_lake(settings)
    runtime = Runtime(
        settings=settings,
        clock=clock or SystemClock(),
        database=database,
        lake=lake,
        engine=open_engine(settings, lake),
        live=PostgresLive(),
        mailer=open_mailer(settings),
        outbound=HttpOutbound(private=settings.outbound_private),
        registry=load_registry(),
        load_workspace=load_workspace,
    )
    return runtime, database
