"""Uploads, imports and saved mappings."""

from alembic import op

revision = "0005"
down_revision = "0004"

UPLOADS = """
CREATE TABLE collect_uploads (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id uuid NOT NULL,
    filename text NOT NULL,
    bytes bigint NOT NULL,
    shape jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT kizuna_enable_tenancy('collect_uploads');
"""

# An import has the number of its job. What it has done so far is counted in the transactions that do it.
IMPORTS = """
CREATE TABLE collect_imports (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer NOT NULL,
    upload_id uuid NOT NULL,
    filename text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('profiles', 'events', 'orders')),
    mapping jsonb NOT NULL,
    options jsonb NOT NULL,
    source_id integer NOT NULL,
    dry_run boolean NOT NULL,
    rows_read bigint NOT NULL DEFAULT 0,
    rows_accepted bigint NOT NULL DEFAULT 0,
    rows_refused bigint NOT NULL DEFAULT 0,
    events_sent bigint NOT NULL DEFAULT 0,
    events_known bigint NOT NULL DEFAULT 0,
    refusals jsonb NOT NULL DEFAULT '[]',
    samples jsonb NOT NULL DEFAULT '[]',
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX collect_imports_by_source ON collect_imports (workspace_id, source_id, id) WHERE NOT dry_run;
SELECT kizuna_enable_tenancy('collect_imports');

CREATE TABLE collect_mappings (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('profiles', 'events', 'orders')),
    mapping jsonb NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, kind, name)
);
SELECT kizuna_enable_tenancy('collect_mappings');
"""

# An import may not read the inbox, but it must know when to wait for it.
BACKLOG = """
CREATE FUNCTION collect_inbox_events() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT coalesce(sum(events), 0) FROM collect_inbox WHERE workspace_id = kizuna_workspace_id());
REVOKE EXECUTE ON FUNCTION collect_inbox_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect_inbox_events() TO kizuna_app;
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for statements in (UPLOADS, IMPORTS, BACKLOG):
        run(statements)
