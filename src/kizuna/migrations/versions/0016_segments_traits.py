"""Computed traits: figures about each customer that Kizuna keeps by itself."""

from alembic import op

revision = "0016"
down_revision = "0015"

# ``figure`` is JSON of ``conditions.figure.Figure``. Live ones have a feed and no schedule; ``ready`` says that the
# feed holds their history, ``state`` that everybody has a value. ``version`` rises with the figure. ``people`` is
# as of the last count.
TRAITS = """
CREATE TABLE segments_traits (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    name text COLLATE "C" NOT NULL,
    description text NOT NULL DEFAULT '',
    figure jsonb NOT NULL,
    every text CHECK (every IN ('hour', 'day')),
    feed_id integer,
    ready boolean NOT NULL DEFAULT false,
    state text NOT NULL CHECK (state IN ('building', 'ready', 'failed')),
    error text,
    people integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    job_id integer,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    ran_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name),
    CHECK (every IS NULL OR feed_id IS NULL)
);
SELECT kizuna_enable_tenancy('segments_traits');
"""

# Who has a computed trait, without reading all others.
COMPUTED = """
CREATE INDEX profiles_traits_computed ON profiles_traits (workspace_id, name, key) WHERE member = 'computed';
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run(TRAITS)
    run(COMPUTED)
