"""Reports, dashboards, what stands around them, and answers that are kept for a while."""

from alembic import op

revision = "0017"
down_revision = "0016"

# ``query`` is JSON of ``analytics.contracts.Query``; ``segments`` are ids of the segments it reads.
REPORTS = """
CREATE TABLE analytics_reports (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    query jsonb NOT NULL,
    view jsonb NOT NULL,
    segments integer[] NOT NULL DEFAULT '{}',
    created_by text NOT NULL,
    created_by_id text,
    created_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT kizuna_enable_tenancy('analytics_reports');
"""

# ``tiles`` is a list of what ``report_schemas.TileBody`` describes; ``reports`` are the numbers of those on them.
DASHBOARDS = """
CREATE TABLE analytics_dashboards (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    tiles jsonb NOT NULL,
    range jsonb,
    interval text,
    reports integer[] NOT NULL DEFAULT '{}',
    segments integer[] NOT NULL DEFAULT '{}',
    created_by text NOT NULL,
    created_by_id text,
    created_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT kizuna_enable_tenancy('analytics_dashboards');
"""

# What a member put on top of their lists. ``ref`` is a number, or the key of a ready dashboard.
PINS = """
CREATE TABLE analytics_pins (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('report', 'dashboard')),
    ref text NOT NULL,
    pinned_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, actor_kind, actor_id, kind, ref)
);
SELECT kizuna_enable_tenancy('analytics_pins');
"""

ANNOTATIONS = """
CREATE TABLE analytics_annotations (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    text text NOT NULL,
    kind text NOT NULL,
    link text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX analytics_annotations_at ON analytics_annotations (workspace_id, at, id);
SELECT kizuna_enable_tenancy('analytics_annotations');
"""

# The token of a link is made of ``id`` and ``nonce`` with the vault's key, so that it can be shown again.
SHARES = """
CREATE TABLE analytics_shares (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('report', 'dashboard')),
    ref text NOT NULL,
    audience text NOT NULL CHECK (audience IN ('members', 'anyone')),
    nonce bytea NOT NULL,
    expires_at timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    opened integer NOT NULL DEFAULT 0,
    opened_at timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX analytics_shares_target ON analytics_shares (workspace_id, kind, ref) WHERE revoked_at IS NULL;
SELECT kizuna_enable_tenancy('analytics_shares');
"""

# ``due_at`` is of the mailing that is under way, ``told`` whom it reached: one that is tried again mails nobody twice.
SCHEDULES = """
CREATE TABLE analytics_schedules (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('report', 'dashboard')),
    ref text NOT NULL,
    every text NOT NULL CHECK (every IN ('day', 'week', 'month')),
    hour smallint NOT NULL,
    weekday smallint NOT NULL,
    monthday smallint NOT NULL,
    members integer[] NOT NULL,
    enabled boolean NOT NULL,
    next_at timestamptz,
    due_at timestamptz,
    told integer[] NOT NULL DEFAULT '{}',
    sent_at timestamptz,
    error text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX analytics_schedules_due ON analytics_schedules (workspace_id, next_at) WHERE next_at IS NOT NULL;
SELECT kizuna_enable_tenancy('analytics_schedules');
"""

# ``body`` is an answer: msgpack, LZ4.
RUNS = """
CREATE TABLE analytics_runs (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    query jsonb NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    permissions text[] NOT NULL,
    job_id integer,
    created_at timestamptz NOT NULL,
    body bytea,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX analytics_runs_created ON analytics_runs (workspace_id, created_at);
SELECT kizuna_enable_tenancy('analytics_runs');
"""

# ``question`` is the hash of what was asked, ``key`` that of it and everything that it was computed from.
RESULTS = """
CREATE TABLE analytics_results (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    key bytea NOT NULL,
    question bytea NOT NULL,
    computed_at timestamptz NOT NULL,
    bytes integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX analytics_results_question ON analytics_results (workspace_id, question, computed_at DESC);
CREATE INDEX analytics_results_age ON analytics_results (workspace_id, computed_at DESC) INCLUDE (bytes);
SELECT kizuna_enable_tenancy('analytics_results');
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for statement in (REPORTS, DASHBOARDS, PINS, ANNOTATIONS, SHARES, SCHEDULES, RUNS, RESULTS):
        run(statement)
