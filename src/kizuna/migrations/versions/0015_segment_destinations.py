"""Destinations of segments, what was sent to them, and who they may know of."""

from alembic import op

revision = "0015"
down_revision = "0014"

# ``secrets_sealed`` is JSON that the vault sealed: our signing secret and headers that nobody may read again.
# ``contact`` and ``sensitive`` are what its maker could see: more never leaves by it. Of two workers that want
# to send by one destination, one holds the lease: a later change never overtakes an earlier one.
DESTINATIONS = """
CREATE TABLE segments_destinations (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    segment_id integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    recipient text NOT NULL,
    recipient_address text NOT NULL DEFAULT '',
    basis text COLLATE "C" NOT NULL,
    settings jsonb NOT NULL,
    secrets_sealed bytea NOT NULL,
    contact boolean NOT NULL,
    sensitive boolean NOT NULL,
    enabled boolean NOT NULL,
    paused_at timestamptz,
    failing_since timestamptz,
    missed_at timestamptz,
    last_sent_at timestamptz,
    last_move_id bigint NOT NULL,
    lease_id uuid,
    lease_until timestamptz,
    job_id integer,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX segments_destinations_by_segment ON segments_destinations (workspace_id, segment_id);
COMMENT ON COLUMN segments_destinations.missed_at IS 'since when changes did not arrive; a full sync ends it';
SELECT kizuna_enable_tenancy('segments_destinations');
"""

# Nothing about customers stands here: who is meant stands in the move, by number, and what is sent is read when
# it is sent. ``public_id`` names the delivery to its receiver and stays the same when it is sent again.
DELIVERIES = """
CREATE TABLE segments_deliveries (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    destination_id integer NOT NULL,
    public_id uuid NOT NULL,
    change text COLLATE "C" NOT NULL CHECK (change IN ('entered', 'left', 'snapshot', 'test')),
    move_id bigint,
    state text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'failed', 'sent', 'given_up')),
    people integer NOT NULL,
    done integer NOT NULL DEFAULT 0,
    sent integer NOT NULL DEFAULT 0,
    withheld integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    status integer,
    reason text COLLATE "C",
    bytes bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, destination_id, move_id)
);
CREATE INDEX segments_deliveries_log ON segments_deliveries (workspace_id, destination_id, id);
CREATE INDEX segments_deliveries_lane ON segments_deliveries (workspace_id, destination_id, move_id)
    WHERE state IN ('queued', 'failed') AND move_id IS NOT NULL;
CREATE INDEX segments_deliveries_ended ON segments_deliveries (workspace_id, ended_at) WHERE ended_at IS NOT NULL;
SELECT kizuna_enable_tenancy('segments_deliveries');
"""

# Profile keys that a destination may have been told of, 65,536 to a row: without them nobody could tell a
# receiver to forget somebody who withdrew their consent, or who left while it was away.
TOLD = """
CREATE TABLE segments_told (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    destination_id integer NOT NULL,
    chunk integer NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (workspace_id, destination_id, chunk)
) WITH (fillfactor = 70);
SELECT kizuna_enable_tenancy('segments_told');
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for statements in (DESTINATIONS, DELIVERIES, TOLD):
        run(statements)
