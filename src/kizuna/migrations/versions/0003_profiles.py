"""Identifiers, the identity log, traits, profiles and their search."""

from alembic import op

revision = "0003"
down_revision = "0002"

# The parameter form of lists of texts: see ``repository/arrays.py`` of the domain.
TEXTS = """
CREATE FUNCTION profiles_texts(joined text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN string_to_array(joined, chr(31), chr(30));
"""

# ``version`` rises with every transaction that changes profiles, under the workspace's identity lock:
# so versions become visible in their order, and "everything above the last one seen" misses nothing.
# ``splits`` rises when people are taken apart: what streams remember of joined sets ends with it.
HEADS = """
CREATE TABLE profiles_heads (
    workspace_id integer PRIMARY KEY REFERENCES workspace_workspaces (id),
    version bigint NOT NULL DEFAULT 0,
    splits bigint NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    synced_version bigint NOT NULL DEFAULT 0
);
SELECT kizuna_enable_tenancy('profiles_heads');
"""

# Keys come from a sequence for each workspace: dense enough to index arrays, handed out without a lock
# that intake would hold until its commit.
NODES = """
CREATE TABLE profiles_nodes (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    profile_key integer NOT NULL,
    source_id integer,
    version bigint NOT NULL DEFAULT 0,
    first_seen timestamptz NOT NULL,
    type text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, key),
    -- The value first: a search for an id does not know its type.
    CONSTRAINT profiles_nodes_identifier UNIQUE (workspace_id, value, type)
);
-- Most nodes are their own profile; only the others need finding.
CREATE INDEX profiles_nodes_joined ON profiles_nodes (workspace_id, profile_key) WHERE profile_key <> key;
CREATE INDEX profiles_nodes_changed ON profiles_nodes (workspace_id, version) WHERE version > 0;
SELECT kizuna_enable_tenancy('profiles_nodes');

CREATE FUNCTION profiles_take_keys(wanted integer) RETURNS SETOF integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    workspace integer := kizuna_workspace_id();
    sequence text := 'profiles_keys_' || workspace;
BEGIN
    IF workspace IS NULL THEN
        RAISE EXCEPTION 'keys are taken for a workspace';
    END IF;
    IF to_regclass(sequence) IS NULL THEN
        PERFORM pg_advisory_xact_lock(1886545785, workspace);
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I AS integer', sequence);
    END IF;
    RETURN QUERY EXECUTE format('SELECT nextval(%L)::integer FROM generate_series(1, $1)', sequence) USING wanted;
END $$;
REVOKE EXECUTE ON FUNCTION profiles_take_keys(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION profiles_take_keys(integer) TO kizuna_app;
"""

# The log is append-only: the application can neither change nor remove what happened.
#
# A till that everybody shares is refused for customer after customer: each pair stands in the log once
# for each reason, and such entries have indexes of their own, so that they hide and slow nothing else.
LOG = """
CREATE TABLE profiles_log (
    workspace_id integer NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('link', 'unlink', 'block', 'lift', 'refuse')),
    a integer NOT NULL,
    b integer NOT NULL,
    at timestamptz NOT NULL,
    reason text NOT NULL,
    cause text,
    source_id integer,
    actor_kind text NOT NULL,
    actor_id text,
    actor_name text NOT NULL,
    -- An unlink names its link, a block its unlink, a lift its block.
    ref bigint,
    -- Who stood where when a profile was taken apart.
    side_a integer[],
    side_b integer[],
    PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX profiles_log_by_a ON profiles_log (workspace_id, a) WHERE kind <> 'refuse';
CREATE INDEX profiles_log_by_b ON profiles_log (workspace_id, b) WHERE kind <> 'refuse';
-- The pair as one number: a look-up by one of them can then only take the index made for it.
CREATE UNIQUE INDEX profiles_log_refused_once ON profiles_log (workspace_id, (a::bigint << 32 | b), reason)
    WHERE kind = 'refuse';
CREATE INDEX profiles_log_refused_by_a ON profiles_log (workspace_id, a, seq) WHERE kind = 'refuse';
CREATE INDEX profiles_log_refused_by_b ON profiles_log (workspace_id, b, seq) WHERE kind = 'refuse';
CREATE INDEX profiles_log_by_ref ON profiles_log (workspace_id, ref) WHERE ref IS NOT NULL;
SELECT kizuna_enable_tenancy('profiles_log');
REVOKE UPDATE, DELETE ON profiles_log FROM kizuna_app;

-- The blocks in force, by node.
CREATE TABLE profiles_blocks (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    block bigint NOT NULL,
    side smallint NOT NULL CHECK (side IN (0, 1)),
    PRIMARY KEY (workspace_id, key, block)
);
CREATE INDEX profiles_blocks_by_block ON profiles_blocks (workspace_id, block);
SELECT kizuna_enable_tenancy('profiles_blocks');
"""

# By node, never by profile: a merge moves none of this, and taking apart gives each side its own back.
OBSERVATIONS = """
CREATE TABLE profiles_traits (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    source_id integer,
    member text,
    PRIMARY KEY (workspace_id, key, name)
) WITH (fillfactor = 85);
SELECT kizuna_enable_tenancy('profiles_traits');

-- Touchpoint '-' stands for events that are no sign of life, such as an import of traits.
CREATE TABLE profiles_activity (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    touchpoint text COLLATE "C" NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, key, touchpoint)
) WITH (fillfactor = 85);
SELECT kizuna_enable_tenancy('profiles_activity');
"""

# What lists show; derived from nodes, traits and activity. The row of a profile that went into another
# stays, with ``merged_into``: old addresses lead on, and it comes back when the two are taken apart.
PROFILES = """
CREATE TABLE profiles_profiles (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    merged_into integer,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    version bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    -- False while nothing but imports and traits told of the person: the first sign of life then sets
    -- last_seen, even to a time before the import's.
    alive boolean NOT NULL,
    identified boolean NOT NULL,
    name text,
    kana text,
    -- U+10FFFF, the last character, stands for no name.
    sort_name text COLLATE "C" NOT NULL,
    email text,
    phone text,
    user_id text,
    traits jsonb NOT NULL,
    PRIMARY KEY (workspace_id, key),
    CONSTRAINT profiles_profiles_id UNIQUE (workspace_id, id)
);
CREATE INDEX profiles_by_last_seen ON profiles_profiles (workspace_id, last_seen, key) WHERE merged_into IS NULL;
CREATE INDEX profiles_by_first_seen ON profiles_profiles (workspace_id, first_seen, key) WHERE merged_into IS NULL;
CREATE INDEX profiles_by_name ON profiles_profiles (workspace_id, sort_name, key)
    WHERE merged_into IS NULL AND sort_name < U&'\\+10FFFF';
CREATE INDEX profiles_identified ON profiles_profiles (workspace_id, last_seen, key)
    WHERE merged_into IS NULL AND identified;
CREATE INDEX profiles_changed ON profiles_profiles (workspace_id, version);
SELECT kizuna_enable_tenancy('profiles_profiles');
"""

# Apart from the profile, for every new version of a row with a GIN index costs an entry for each token.
#
# PostgreSQL uses no index for an operator that might leak what a row policy hides, and array containment
# is one. The function runs as the owner and keeps to the workspace itself.
SEARCH = """
CREATE TABLE profiles_search (
    workspace_id integer NOT NULL,
    key integer NOT NULL,
    tokens integer[] NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX profiles_search_tokens ON profiles_search USING gin (tokens);
SELECT kizuna_enable_tenancy('profiles_search');

CREATE FUNCTION profiles_find(wanted integer[], patterns text[], at_most integer) RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    SELECT key
    FROM profiles_search
    WHERE tokens @> wanted AND workspace_id = kizuna_workspace_id() AND text LIKE ALL (patterns)
    LIMIT at_most
$$;
REVOKE EXECUTE ON FUNCTION profiles_find(integer[], text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION profiles_find(integer[], text[], integer) TO kizuna_app;
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for statements in (TEXTS, HEADS, NODES, LOG, OBSERVATIONS, PROFILES, SEARCH):
        run(statements)
