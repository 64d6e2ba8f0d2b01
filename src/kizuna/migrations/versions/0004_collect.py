"""Sources, the inbox and its deduplication, catalogue, counters, refusals, what was set aside, webhooks."""

from alembic import op

revision = "0004"
down_revision = "0003"

SOURCES = """
CREATE TABLE collect_sources (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    kind text NOT NULL,
    touchpoint text NOT NULL,
    write_key text COLLATE "C" NOT NULL,
    previous_key text COLLATE "C",
    previous_key_until timestamptz,
    signing_secret text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
-- Lake rows and duplicate hashes name a source by its number alone.
CREATE UNIQUE INDEX collect_sources_by_id ON collect_sources (id);
CREATE UNIQUE INDEX collect_sources_by_write_key ON collect_sources (write_key);
CREATE UNIQUE INDEX collect_sources_by_previous_key ON collect_sources (previous_key);
SELECT kizuna_enable_tenancy('collect_sources');

-- A write key is looked up before its workspace is known; the key itself is what the caller brought.
CREATE POLICY by_write_key ON collect_sources FOR SELECT TO kizuna_auth USING (true);
GRANT SELECT ON collect_sources TO kizuna_auth;
"""

# The serving role may only put chunks in. What is in them is seen by the drain alone, which works for
# all workspaces. The payload comes compressed.
INBOX = """
CREATE TABLE collect_inbox (
    workspace_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    state smallint NOT NULL DEFAULT 0 CHECK (state IN (0, 1)),
    load_id bigint,
    events integer NOT NULL,
    payload bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 50000,
        autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_cost_delay = 0);
ALTER TABLE collect_inbox ENABLE ROW LEVEL SECURITY;
CREATE POLICY put_in ON collect_inbox FOR INSERT TO kizuna_app
    WITH CHECK (workspace_id = (SELECT kizuna_workspace_id()) AND state = 0 AND load_id IS NULL);
CREATE POLICY every_workspace ON collect_inbox TO kizuna_drain USING (true);
GRANT INSERT ON collect_inbox TO kizuna_app;
GRANT SELECT, UPDATE, DELETE ON collect_inbox TO kizuna_drain;

CREATE TABLE collect_loads (
    workspace_id integer PRIMARY KEY,
    last_load_id bigint NOT NULL
);
SELECT kizuna_enable_tenancy('collect_loads');
REVOKE ALL ON collect_loads FROM kizuna_app;
CREATE POLICY every_workspace ON collect_loads TO kizuna_drain USING (true);
GRANT SELECT, INSERT, UPDATE ON collect_loads TO kizuna_drain;

-- The drain observes identity and counts for one workspace at a time, under that workspace's policies.
DO $$ BEGIN
    IF NOT pg_has_role('kizuna_drain', 'kizuna_app', 'USAGE') THEN
        GRANT kizuna_app TO kizuna_drain;
    END IF;
EXCEPTION WHEN OTHERS THEN  -- another database of this server does the same just now
    IF NOT pg_has_role('kizuna_drain', 'kizuna_app', 'USAGE') THEN RAISE; END IF;
END $$;
"""

# Hashes of (source, message id) and nothing else, so no tenant's data: one of three days each. The day
# that falls out is emptied in no time, where deleting rows would cost as much as writing them.
SEEN = """
CREATE TABLE collect_seen_0 (hash uuid PRIMARY KEY) WITH (autovacuum_enabled = off);
CREATE TABLE collect_seen_1 (hash uuid PRIMARY KEY) WITH (autovacuum_enabled = off);
CREATE TABLE collect_seen_2 (hash uuid PRIMARY KEY) WITH (autovacuum_enabled = off);
CREATE TABLE collect_seen_days (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    current smallint NOT NULL,
    rotated_at timestamptz NOT NULL
);
INSERT INTO collect_seen_days (current, rotated_at) VALUES (0, now());
GRANT SELECT, INSERT ON collect_seen_0, collect_seen_1, collect_seen_2 TO kizuna_app;
GRANT SELECT ON collect_seen_days TO kizuna_app, kizuna_worker;

-- An intake holds the lock shared until its commit, so no day is emptied under it.
CREATE FUNCTION collect_current_day() RETURNS smallint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1667198835, 1);
    RETURN (SELECT current FROM collect_seen_days);
END $$;

CREATE FUNCTION collect_rotate_seen(at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    oldest smallint;
BEGIN
    PERFORM pg_advisory_xact_lock(1667198835, 1);
    SELECT (current + 1) % 3 INTO oldest FROM collect_seen_days WHERE rotated_at <= at - interval '24 hours';
    IF oldest IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('TRUNCATE collect_seen_%s', oldest);
    UPDATE collect_seen_days SET current = oldest, rotated_at = at;
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION collect_rotate_seen(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect_rotate_seen(timestamptz) TO kizuna_worker;
"""

CATALOGUE = """
CREATE TABLE collect_names (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    type text NOT NULL,
    volume bigint NOT NULL DEFAULT 0,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    description text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name)
) WITH (fillfactor = 80);
SELECT kizuna_enable_tenancy('collect_names');

CREATE TABLE collect_properties (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    name_id integer NOT NULL,
    path text COLLATE "C" NOT NULL,
    types jsonb NOT NULL,
    volume bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    example text NOT NULL,
    description text NOT NULL DEFAULT '',
    PRIMARY KEY (workspace_id, name_id, path)
) WITH (fillfactor = 80);
SELECT kizuna_enable_tenancy('collect_properties');

-- Adds up the counts of two {type: count} objects.
CREATE FUNCTION collect_add_types(a jsonb, b jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT jsonb_object_agg(kind, n)
    FROM (
        SELECT key AS kind, sum(value::bigint) AS n
        FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) AS both_sides
        GROUP BY key
    ) AS sums
);
"""

FLOW = """
CREATE TABLE collect_flow (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    minute timestamptz NOT NULL,
    source_id integer NOT NULL,
    accepted bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    set_aside bigint NOT NULL DEFAULT 0,
    last_event_at timestamptz,
    PRIMARY KEY (workspace_id, minute, source_id)
) WITH (fillfactor = 50);
SELECT kizuna_enable_tenancy('collect_flow');

-- The last events, for a page that is opened before the next one comes; worth nothing after a crash.
CREATE UNLOGGED TABLE collect_tail (
    workspace_id integer PRIMARY KEY,
    events jsonb NOT NULL
);
SELECT kizuna_enable_tenancy('collect_tail');

CREATE TABLE collect_refusals (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    source_id integer NOT NULL,
    reason_code text NOT NULL,
    reason text NOT NULL,
    sample text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT kizuna_enable_tenancy('collect_refusals');

CREATE TABLE collect_set_aside (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('late', 'future', 'poison')),
    reason text NOT NULL,
    events integer NOT NULL,
    sample jsonb NOT NULL,
    payload bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT kizuna_enable_tenancy('collect_set_aside');
"""

WEBHOOKS = """
CREATE TABLE collect_requests (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    source_id integer NOT NULL,
    body text NOT NULL,
    status integer NOT NULL,
    events jsonb NOT NULL,
    errors jsonb NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX collect_requests_by_source ON collect_requests (workspace_id, source_id, id);
SELECT kizuna_enable_tenancy('collect_requests');
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for statements in (SOURCES, INBOX, SEEN, CATALOGUE, FLOW, WEBHOOKS):
        run(statements)
