"""The look of hosted pages, letters to customers, and what was taken in while the database was away."""

from alembic import op

revision = "0013"
down_revision = "0011"

BRAND = """
CREATE TABLE privacy_brand (
    workspace_id integer PRIMARY KEY REFERENCES workspace_workspaces (id),
    name text NOT NULL,
    color text NOT NULL CHECK (color ~ '^#[0-9A-F]{6}$'),
    radius integer NOT NULL CHECK (radius BETWEEN 0 AND 24),
    logo_url text,
    privacy_url text,
    -- By language: {"ja": {"title": …, "body": …}, "en": …}
    banner jsonb NOT NULL,
    -- Rises with the banner's wording.
    version integer NOT NULL DEFAULT 1
);
SELECT kizuna_enable_tenancy('privacy_brand');
"""

# One row for each letter that waits for its recipient's answer, or brings a link. The address is sealed by
# the vault, and recognised by its keyed hash; jobs name the row only. ``used_at`` makes a letter work once.
LETTERS = """
CREATE TABLE privacy_letters (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('opt_in', 'erasure', 'link')),
    address bytea NOT NULL,
    address_hash bytea NOT NULL,
    key integer,
    purpose text COLLATE "C",
    channels text[] NOT NULL DEFAULT '{}',
    text_version integer,
    language text NOT NULL,
    message_id text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    sent_at timestamptz,
    failure text,
    used_at timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX privacy_letters_address ON privacy_letters (workspace_id, address_hash, made_at);
CREATE INDEX privacy_letters_expiry ON privacy_letters (workspace_id, expires_at);
SELECT kizuna_enable_tenancy('privacy_letters');
"""

# Which of the answers that waited in files are in the log: a file whose removal was cut short is read again.
REPLAYED = """
CREATE TABLE privacy_replayed (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT kizuna_enable_tenancy('privacy_replayed');
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for part in (BRAND, LETTERS, REPLAYED):
        run(part)
