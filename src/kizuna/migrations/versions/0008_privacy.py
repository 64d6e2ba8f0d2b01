"""Purposes and their texts, answers, suppression, requests, retention, disclosures."""

from alembic import op

revision = "0008"
down_revision = "0007"

# ``version`` rises with whatever servers and workers remember of privacy: purposes, states of nodes,
# suppressions, erased keys. Whoever remembers reads it again and again, and looks closer when it rose.
# ``suppressions`` rises with the latter two alone.
HEADS = """
CREATE TABLE privacy_heads (
    workspace_id integer PRIMARY KEY REFERENCES workspace_workspaces (id),
    version bigint NOT NULL DEFAULT 0,
    suppressions bigint NOT NULL DEFAULT 0
);
SELECT kizuna_enable_tenancy('privacy_heads');
"""

# A workspace that never changed its purposes has no rows here: the standard ones are in the code.
PURPOSES = """
CREATE TABLE privacy_purposes (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    channels text[] NOT NULL,
    -- By region: {"APPI": {"basis": "consent", "default": "ask"}, "GDPR": …, "other": …}
    terms jsonb NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (workspace_id, key)
);
SELECT kizuna_enable_tenancy('privacy_purposes');

CREATE TABLE privacy_texts (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    purpose text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (workspace_id, purpose, version, language)
);
SELECT kizuna_enable_tenancy('privacy_texts');
-- What people agreed to cannot be rewritten; a new wording is a new version.
REVOKE UPDATE, DELETE ON privacy_texts FROM kizuna_app;
"""

# By node, as all that is observed of a customer: a merge moves nothing, and taking apart gives each side
# its own answers back. Append-only: what counts now is worked out of all of them.
ANSWERS = """
CREATE TABLE privacy_answers (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    key integer NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    granted boolean NOT NULL,
    knowing boolean NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    source text NOT NULL,
    text_version integer,
    language text,
    proof jsonb NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    actor_name text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX privacy_answers_by_key ON privacy_answers (workspace_id, key, purpose, channel, at DESC);
SELECT kizuna_enable_tenancy('privacy_answers');
REVOKE UPDATE, DELETE ON privacy_answers FROM kizuna_app;

-- Whether the events of a node may be stored, for intake to remember: worked out of the answers and
-- restrictions of its whole profile. Rows are changed and not removed, so that what rose above the last
-- version seen is all that is new.
CREATE TABLE privacy_node_states (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    -- Bits: 1 agreed to be analysed, 2 refused it, 4 processing is restricted.
    state smallint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX privacy_node_states_changed ON privacy_node_states (workspace_id, version);
SELECT kizuna_enable_tenancy('privacy_node_states');

CREATE TABLE privacy_withheld_counts (
    workspace_id integer NOT NULL,
    hour timestamptz NOT NULL,
    place text NOT NULL CHECK (place IN ('collect', 'activation', 'reading')),
    reason text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (workspace_id, hour, place, reason)
) WITH (fillfactor = 80);
SELECT kizuna_enable_tenancy('privacy_withheld_counts');
"""

# Of the erased nothing is kept but keyed hashes of their identifiers, and their node keys: numbers that
# name nobody once the nodes are gone, by which events that were on their way are recognised.
SUPPRESSION = """
CREATE TABLE privacy_suppressions (
    workspace_id integer NOT NULL,
    hash bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('erased', 'suppressed')),
    request_id integer,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, hash)
);
SELECT kizuna_enable_tenancy('privacy_suppressions');

CREATE TABLE privacy_erased_keys (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    request_id integer,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
SELECT kizuna_enable_tenancy('privacy_erased_keys');
"""

# ``subjects`` is sealed by the vault, and gone once an erasure is done.
REQUESTS = """
CREATE TABLE privacy_requests (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    public_id uuid NOT NULL DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('access', 'erasure', 'restriction', 'release', 'deletion', 'correction')),
    state text NOT NULL CHECK (state IN ('received', 'running', 'done', 'failed', 'refused')),
    law text NOT NULL CHECK (law IN ('APPI', 'GDPR', 'other')),
    via text NOT NULL CHECK (via IN ('app', 'api', 'preference_centre')),
    subjects bytea,
    hashes bytea[] NOT NULL DEFAULT '{}',
    keys integer[] NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',
    received_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    extended_reason text,
    started_at timestamptz,
    finished_at timestamptz,
    job_id integer,
    receipt jsonb,
    actor_kind text NOT NULL,
    actor_id text,
    actor_name text NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, public_id)
);
CREATE INDEX privacy_requests_open ON privacy_requests (workspace_id, due_at)
    WHERE state IN ('received', 'running', 'failed');
SELECT kizuna_enable_tenancy('privacy_requests');
REVOKE DELETE ON privacy_requests FROM kizuna_app;
"""

RETENTION = """
CREATE TABLE privacy_retention (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id integer GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('event', 'trait', 'inactive_profile')),
    name text COLLATE "C" NOT NULL,
    days integer NOT NULL CHECK (days BETWEEN 1 AND 36500),
    enabled boolean NOT NULL DEFAULT false,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    last_run_at timestamptz,
    last_removed bigint,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, kind, name)
);
SELECT kizuna_enable_tenancy('privacy_retention');
"""

# The record that APPI article 29 asks for when personal data goes to a third party.
DISCLOSURES = """
CREATE TABLE privacy_disclosures (
    workspace_id integer NOT NULL REFERENCES workspace_workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    recipient text NOT NULL,
    recipient_address text NOT NULL DEFAULT '',
    items text[] NOT NULL,
    basis text NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    people integer NOT NULL,
    keys integer[] NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    actor_name text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX privacy_disclosures_keys ON privacy_disclosures USING gin (keys);
SELECT kizuna_enable_tenancy('privacy_disclosures');
REVOKE UPDATE, DELETE ON privacy_disclosures FROM kizuna_app;
"""

# Erasure is the one thing that removes from append-only tables; it names nodes, and keeps to its workspace.
ERASE = """
CREATE FUNCTION privacy_erase_answers(gone integer[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    removed bigint;
    more bigint;
BEGIN
    DELETE FROM privacy_answers WHERE workspace_id = kizuna_workspace_id() AND key = ANY (gone);
    GET DIAGNOSTICS removed = ROW_COUNT;
    DELETE FROM privacy_node_states WHERE workspace_id = kizuna_workspace_id() AND key = ANY (gone);
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN removed + more;
END $$;
REVOKE EXECUTE ON FUNCTION privacy_erase_answers(integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy_erase_answers(integer[]) TO kizuna_app;

-- Who got data of somebody erased is still on record: that it happened, to whom, and how many people it was.
CREATE FUNCTION privacy_erase_disclosed(gone integer[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    UPDATE privacy_disclosures
    SET keys = ARRAY(SELECT key FROM unnest(keys) AS key WHERE key <> ALL (gone))
    WHERE workspace_id = kizuna_workspace_id() AND keys && gone;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
REVOKE EXECUTE ON FUNCTION privacy_erase_disclosed(integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy_erase_disclosed(integer[]) TO kizuna_app;
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for part in (HEADS, PURPOSES, ANSWERS, SUPPRESSION, REQUESTS, RETENTION, DISCLOSURES, ERASE):
        run(part)
