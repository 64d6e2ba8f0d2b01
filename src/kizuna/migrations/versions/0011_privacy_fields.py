"""Field classes that a workspace decided, and who revealed how much lately."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Reveals are remembered for an hour, to bound them; what stays is the audit log. The profile is a keyed
# hash: nothing here tells whom anybody looked at.
SQL = """
CREATE TABLE privacy_field_classes (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    kind text NOT NULL CHECK (kind IN ('trait', 'identifier', 'property')),
    name text NOT NULL,
    class text NOT NULL CHECK (class IN ('open', 'contact', 'identifier', 'free_text', 'sensitive')),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, kind, name)
);
SELECT kizuna_enable_tenancy('privacy_field_classes');

CREATE TABLE privacy_reveals (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    actor text NOT NULL,
    subject bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, actor, subject)
);
SELECT kizuna_enable_tenancy('privacy_reveals');
"""


def upgrade() -> None:
    op.get_bind().connection.dbapi_connection.execute(SQL)
