"""Known messages by generation: the index that grows stays small, whatever has come in."""

from alembic import op

revision = "0007"
down_revision = "0006"

SLOTS = 24

# Hashes of (source, message id) and nothing else, so no tenant's data. A generation ends while its index
# still fits into memory, or after half a day; its table is emptied whole once the last of it is two days
# old. What came before becomes the first three generations.
TABLES = "\n".join(
    f"CREATE TABLE collect_seen_{slot} (hash uuid PRIMARY KEY) WITH (autovacuum_enabled = off);"
    f"GRANT SELECT, INSERT ON collect_seen_{slot} TO kizuna_app;"
    for slot in range(3, SLOTS)
)
GENERATIONS = """
DROP FUNCTION collect_take(integer, uuid[], integer, bytea);
DROP FUNCTION collect_rotate_seen(timestamptz);
DROP FUNCTION collect_current_day();

CREATE TABLE collect_seen_generations (
    slot smallint PRIMARY KEY,
    generation bigint NOT NULL UNIQUE,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    hashes bigint
);
COMMENT ON COLUMN collect_seen_generations.hashes IS 'counted some time after the end';
INSERT INTO collect_seen_generations (slot, generation, began_at, ended_at)
SELECT (current + age) % 3, age, rotated_at - (3 - age) * interval '24 hours',
    CASE WHEN age < 3 THEN rotated_at - (2 - age) * interval '24 hours' END
FROM collect_seen_days, generate_series(1, 3) AS age;
DROP TABLE collect_seen_days;
GRANT SELECT ON collect_seen_generations TO kizuna_app, kizuna_worker;
"""

# An intake holds the lock shared until its commit, so no generation ends while one of its hashes is in flight.
PRESENT = """
CREATE FUNCTION collect_seen_present() RETURNS collect_seen_generations
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1667198835, 1);
    RETURN (SELECT one FROM collect_seen_generations AS one WHERE ended_at IS NULL);
END $$;
"""

# Who asks has a filter of the generations up to ``covered``: of what stands there, only ``suspects`` can be.
# The tables are never analysed, so nobody may take them for small.
FIND = """
CREATE FUNCTION collect_find_seen(hashes uuid[], suspects uuid[], covered bigint, present bigint) RETURNS uuid[]
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    known uuid[] := '{}';
    found uuid[];
    one record;
BEGIN
    IF cardinality(suspects) = 0 AND covered >= present - 1 THEN
        RETURN known;
    END IF;
    FOR one IN SELECT slot, generation FROM collect_seen_generations WHERE generation < present LOOP
        EXECUTE format('SELECT array_agg(hash) FROM collect_seen_%s WHERE hash = ANY ($1)', one.slot)
            INTO found USING CASE WHEN one.generation <= covered THEN suspects ELSE hashes END;
        known := known || found;
    END LOOP;
    RETURN known;
END $$;
"""

# The generation that the hashes went into when none was known: then all is done. NULL when one was: then
# nothing is, and the caller looks which. A usual commit brings nothing twice, so inserting and failing is
# the quicker way to ask; it also waits for a commit in flight that brings the same message.
TAKE = """
CREATE FUNCTION collect_take(
    workspace integer, hashes uuid[], suspects uuid[], covered bigint, count integer, chunk bytea
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    present collect_seen_generations := collect_seen_present();
BEGIN
    IF collect_find_seen(hashes, suspects, covered, present.generation) <> '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('kizuna.workspace_id', workspace::text, true);
    EXECUTE format('INSERT INTO collect_seen_%s (hash) SELECT unnest($1)', present.slot) USING hashes;
    INSERT INTO collect_inbox (workspace_id, events, payload) VALUES (workspace, count, chunk);
    PERFORM pg_notify('kizuna_inbox', '');
    RETURN present.generation;
EXCEPTION WHEN unique_violation THEN
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION collect_take(integer, uuid[], uuid[], bigint, integer, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect_take(integer, uuid[], uuid[], bigint, integer, bytea) TO kizuna_app;
"""

# Writes the hashes down, those of older generations too, and says which were known and how many were written.
REMEMBER = """
CREATE FUNCTION collect_remember(
    hashes uuid[], suspects uuid[], covered bigint, OUT generation bigint, OUT written bigint, OUT known uuid[]
)
LANGUAGE plpgsql AS $$
DECLARE
    present collect_seen_generations := collect_seen_present();
    fresh uuid[];
BEGIN
    generation := present.generation;
    known := collect_find_seen(hashes, suspects, covered, present.generation);
    EXECUTE format(
        'WITH fresh AS ('
        '    INSERT INTO collect_seen_%s (hash) SELECT unnest($1) ON CONFLICT DO NOTHING RETURNING hash'
        ') SELECT count(*), CASE WHEN count(*) < cardinality($1) THEN array_agg(hash) END FROM fresh',
        present.slot
    ) INTO written, fresh USING hashes;
    IF written < cardinality(hashes) THEN
        known := known || ARRAY(SELECT unnest(hashes) EXCEPT SELECT unnest(fresh));
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION collect_remember(uuid[], uuid[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect_remember(uuid[], uuid[], bigint) TO kizuna_app;
"""

# A generation ends at ``full_at`` hashes, or an eighth of all that are known: the slots then hold some fifty
# times ``full_at``. When all are taken, the present generation goes on. An intake in flight is waited for,
# but not long, for the next ones wait behind.
ROTATE = """
CREATE FUNCTION collect_rotate_seen(at timestamptz, full_at bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '300ms' AS $$
DECLARE
    present collect_seen_generations;
    hashes_about bigint;
    old smallint;
    free smallint;
BEGIN
    SELECT * INTO present FROM collect_seen_generations WHERE ended_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN  -- another worker was quicker
        RETURN false;
    END IF;
    hashes_about := 185 * pg_relation_size('collect_seen_' || present.slot) / 8192;  -- 185 on a page
    IF hashes_about = 0 OR present.began_at > at - interval '12 hours' AND hashes_about < (
        SELECT greatest(full_at, sum(hashes) / 8) FROM collect_seen_generations
    ) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(1667198835, 1);
    FOR old IN DELETE FROM collect_seen_generations WHERE ended_at <= at - interval '48 hours' RETURNING slot LOOP
        EXECUTE format('TRUNCATE collect_seen_%s', old);
    END LOOP;
    SELECT min(slot) INTO free FROM generate_series(0, {slots} - 1) AS slot
    WHERE slot NOT IN (SELECT one.slot FROM collect_seen_generations AS one);
    IF free IS NULL THEN
        RETURN false;
    END IF;
    UPDATE collect_seen_generations SET ended_at = at WHERE slot = present.slot;
    INSERT INTO collect_seen_generations (slot, generation, began_at) VALUES (free, present.generation + 1, at);
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION collect_rotate_seen(timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect_rotate_seen(timestamptz, bigint) TO kizuna_worker;

CREATE FUNCTION collect_count_seen() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    one record;
    counted bigint;
BEGIN
    FOR one IN SELECT slot FROM collect_seen_generations WHERE ended_at IS NOT NULL AND hashes IS NULL FOR UPDATE LOOP
        EXECUTE format('SELECT count(*) FROM collect_seen_%s', one.slot) INTO counted;
        UPDATE collect_seen_generations SET hashes = counted WHERE slot = one.slot;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION collect_count_seen() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect_count_seen() TO kizuna_worker;
"""


def upgrade() -> None:
    connection = op.get_bind().connection.dbapi_connection
    for statement in (TABLES, GENERATIONS, PRESENT, FIND, TAKE, REMEMBER, ROTATE.format(slots=SLOTS)):
        connection.execute(statement)
