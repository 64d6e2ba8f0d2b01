"""Scores that are worked out every night and written to profiles as computed traits."""

from alembic import op

revision = "0018"
down_revision = "0017"

# A row stands once somebody decided anything about a score. ``params`` are the metric's own; ``days`` is how far back
# it looks, null for everything. ``version`` rises with what was decided; ``ran_at`` is the last run that went well,
# ``tried_at`` the last one. ``quality`` holds figures and models, nothing of anybody.
SCORES = """
CREATE TABLE analytics_scores (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    key text COLLATE "C" NOT NULL,
    enabled boolean NOT NULL,
    params jsonb NOT NULL,
    days integer,
    as_of text NOT NULL CHECK (as_of IN ('now', 'last_event')),
    version integer NOT NULL DEFAULT 1,
    error text,
    tried_at timestamptz,
    ran_at timestamptz,
    people integer NOT NULL DEFAULT 0,
    quality jsonb NOT NULL DEFAULT '{}',
    job_id integer,
    updated_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
SELECT kizuna_enable_tenancy('analytics_scores');
"""


def upgrade() -> None:
    op.get_bind().connection.dbapi_connection.execute(SCORES)
