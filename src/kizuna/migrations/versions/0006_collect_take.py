"""Taking in a commit's events by one call."""

from alembic import op

revision = "0006"
down_revision = "0005"

# True when none of the messages was known: then all is done. False when one was: then nothing is, and
# the caller looks which. A usual commit brings nothing twice, so inserting and failing is the quicker way
# to ask; it also waits for a commit in flight that brings the same message. The tables are never
# analysed, so nobody may take them for small.
_DAY = """
    WHEN {current} THEN
        IF EXISTS (SELECT FROM collect_seen_{older_1} WHERE hash = ANY (hashes))
            OR EXISTS (SELECT FROM collect_seen_{older_2} WHERE hash = ANY (hashes))
        THEN
            RETURN false;
        END IF;
        INSERT INTO collect_seen_{current} (hash) SELECT unnest(hashes);
"""
TAKE = """
CREATE FUNCTION collect_take(workspace integer, hashes uuid[], count integer, chunk bytea) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM set_config('kizuna.workspace_id', workspace::text, true);
    CASE collect_current_day()
    {days}
    END CASE;
    INSERT INTO collect_inbox (workspace_id, events, payload) VALUES (workspace, count, chunk);
    PERFORM pg_notify('kizuna_inbox', '');
    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RETURN false;
END $$;
REVOKE EXECUTE ON FUNCTION collect_take(integer, uuid[], integer, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect_take(integer, uuid[], integer, bytea) TO kizuna_app;
"""


def upgrade() -> None:
    days = "".join(_DAY.format(current=day, older_1=(day + 1) % 3, older_2=(day + 2) % 3) for day in range(3))
    op.get_bind().connection.dbapi_connection.execute(TAKE.format(days=days))
