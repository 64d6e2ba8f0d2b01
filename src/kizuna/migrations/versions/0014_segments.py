"""Segments: what they are, who is in them, and what keeps the live ones true."""

from alembic import op

revision = "0014"
down_revision = "0013"

# ``plan`` rises when what must be watched changes, ``epoch`` with every transaction that changed who is in
# what: by it a process knows whether what it remembers of the sets is still true.
HEADS = """
CREATE TABLE segments_heads (
    workspace_id integer PRIMARY KEY REFERENCES workspace_workspaces (id),
    plan bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    audited_at timestamptz,
    audit jsonb
);
SELECT kizuna_enable_tenancy('segments_heads');
"""

SEGMENTS = """
CREATE TABLE segments_segments (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('live', 'scheduled', 'static')),
    condition jsonb,
    every text CHECK (every IN ('hour', 'day')),
    state text NOT NULL CHECK (state IN ('building', 'ready', 'failed')),
    error text,
    size integer NOT NULL DEFAULT 0,
    -- Rises with the condition.
    version integer NOT NULL DEFAULT 1,
    job_id integer,
    -- What the condition reads: other segments, and events by name ('' for any).
    uses integer[] NOT NULL DEFAULT '{}',
    events text[] NOT NULL DEFAULT '{}',
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    ran_at timestamptz,
    archived_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    CHECK ((kind = 'static') = (condition IS NULL)),
    CHECK ((kind = 'scheduled') = (every IS NOT NULL))
);
CREATE UNIQUE INDEX segments_by_name ON segments_segments (workspace_id, lower(name)) WHERE archived_at IS NULL;
SELECT kizuna_enable_tenancy('segments_segments');
"""

# A feed is a set of events that somebody asks about; a leaf is one question about a feed, a trait …; both stand
# once, however many segments ask. ``spec`` is canonical JSON.
PLAN = """
CREATE TABLE segments_feeds (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    spec text COLLATE "C" NOT NULL,
    -- How much of a person is kept: as much as the leaf needs that needs most.
    keep text NOT NULL,
    ready boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, spec)
);
SELECT kizuna_enable_tenancy('segments_feeds');

CREATE TABLE segments_leaves (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    spec text COLLATE "C" NOT NULL,
    feed_id integer,
    ready boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, spec)
);
SELECT kizuna_enable_tenancy('segments_leaves');

CREATE TABLE segments_uses (
    workspace_id integer NOT NULL,
    segment_id integer NOT NULL,
    leaf_id integer NOT NULL,
    PRIMARY KEY (workspace_id, segment_id, leaf_id)
);
CREATE INDEX segments_uses_by_leaf ON segments_uses (workspace_id, leaf_id);
SELECT kizuna_enable_tenancy('segments_uses');
"""

# What a feed remembers of 64 neighbouring node keys: one row then costs little more than one person's, and a
# million people are sixteen thousand rows. ``due_us`` is when the first of them must be looked at again.
STATES = """
CREATE TABLE segments_states (
    workspace_id integer NOT NULL,
    feed_id integer NOT NULL,
    chunk integer NOT NULL,
    due_us bigint,
    payload bytea NOT NULL,
    PRIMARY KEY (workspace_id, feed_id, chunk)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX segments_states_due ON segments_states (workspace_id, due_us) WHERE due_us IS NOT NULL;
SELECT kizuna_enable_tenancy('segments_states');
"""

# Sets of keys, 4,096 to a row: profiles by leaf (kind 0) and by segment (kind 1), and the nodes of which any feed
# remembers something (kind 2, id 0). The payload lists few, or has a bit for each.
SETS = """
CREATE TABLE segments_sets (
    workspace_id integer NOT NULL,
    kind smallint NOT NULL CHECK (kind IN (0, 1, 2)),
    id integer NOT NULL,
    chunk integer NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (workspace_id, kind, id, chunk)
) WITH (fillfactor = 70);
CREATE INDEX segments_sets_by_chunk ON segments_sets (workspace_id, kind, chunk);
SELECT kizuna_enable_tenancy('segments_sets');
"""

HISTORY = """
CREATE TABLE segments_moves (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    segment_id integer NOT NULL,
    at timestamptz NOT NULL,
    entered boolean NOT NULL,
    count integer NOT NULL,
    keys integer[] NOT NULL,
    cause jsonb NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX segments_moves_by_segment ON segments_moves (workspace_id, segment_id, id);
CREATE INDEX segments_moves_by_time ON segments_moves (workspace_id, at);
SELECT kizuna_enable_tenancy('segments_moves');

CREATE TABLE segments_sizes (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    segment_id integer NOT NULL,
    hour timestamptz NOT NULL,
    size integer NOT NULL,
    entered integer NOT NULL DEFAULT 0,
    "left" integer NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, segment_id, hour)
) WITH (fillfactor = 70);
SELECT kizuna_enable_tenancy('segments_sizes');
"""

# What the stream tells the keeper of live segments: one row a batch, gone with the transaction that took it in.
QUEUE = """
CREATE TABLE segments_queue (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('events', 'merge', 'look')),
    payload bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
SELECT kizuna_enable_tenancy('segments_queue');
CREATE POLICY every_workspace ON segments_queue FOR SELECT TO kizuna_worker USING (true);
CREATE POLICY every_workspace ON segments_states FOR SELECT TO kizuna_worker USING (true);
GRANT SELECT ON segments_queue, segments_states TO kizuna_worker;
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for statements in (HEADS, SEGMENTS, PLAN, STATES, SETS, HISTORY, QUEUE):
        run(statements)
