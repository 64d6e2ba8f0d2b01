"""Erasing from what is only added to, deadlines of requests, uploads that go when their import ends."""

from alembic import op

revision = "0009"
down_revision = "0008"

REQUESTS = """
ALTER TABLE privacy_requests
    ADD COLUMN subject_type text,
    ADD COLUMN subject_count integer NOT NULL DEFAULT 0,
    ADD COLUMN regulation text,
    ADD COLUMN overdue_at timestamptz;

CREATE TABLE privacy_targets (
    workspace_id integer PRIMARY KEY REFERENCES workspace_workspaces (id),
    appi_days integer NOT NULL CHECK (appi_days BETWEEN 1 AND 90)
);
SELECT kizuna_enable_tenancy('privacy_targets');
"""

# Who was joined to whom is a log that nobody may rewrite; of the erased it keeps nothing. Sides name nodes
# of people who were taken apart: the others stay named.
PROFILES = """
CREATE FUNCTION profiles_erase_log(gone integer[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM profiles_log WHERE workspace_id = kizuna_workspace_id() AND a = ANY (gone);
    GET DIAGNOSTICS removed = ROW_COUNT;
    DELETE FROM profiles_log WHERE workspace_id = kizuna_workspace_id() AND b = ANY (gone);
    UPDATE profiles_log
    SET side_a = ARRAY(SELECT key FROM unnest(side_a) AS key WHERE key <> ALL (gone)),
        side_b = ARRAY(SELECT key FROM unnest(side_b) AS key WHERE key <> ALL (gone))
    WHERE workspace_id = kizuna_workspace_id() AND side_a IS NOT NULL AND (side_a && gone OR side_b && gone);
    RETURN removed;
END $$;
REVOKE EXECUTE ON FUNCTION profiles_erase_log(integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION profiles_erase_log(integer[]) TO kizuna_app;
"""

UPLOADS = """
ALTER TABLE collect_uploads ADD COLUMN doomed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN collect_uploads.doomed IS 'goes as soon as no import reads it: somebody in it may have been erased';
"""

# The audit log stays append-only, but for texts that name somebody who was erased: what was done, by whom
# and when cannot be changed even so.
AUDIT = """
GRANT UPDATE (summary, before, after) ON workspace_audit TO CURRENT_USER;

CREATE OR REPLACE FUNCTION workspace_refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('kizuna.redacting', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION workspace_redact_audit(wanted bigint, new_summary text, new_before jsonb, new_after jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('kizuna.redacting', 'on', true);
    UPDATE workspace_audit SET summary = new_summary, before = new_before, after = new_after
    WHERE workspace_id = kizuna_workspace_id() AND id = wanted;
    PERFORM set_config('kizuna.redacting', '', true);
END $$;
REVOKE EXECUTE ON FUNCTION workspace_redact_audit(bigint, text, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workspace_redact_audit(bigint, text, jsonb, jsonb) TO kizuna_app;
"""

# Arguments of the workspace's own queued jobs, which a search for somebody may stand in.
QUEUE = """
CREATE FUNCTION workspace_read_queue(above bigint, at_most integer) RETURNS TABLE (id bigint, args jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT job.id, job.args->'args' FROM procrastinate_jobs AS job
    WHERE job.args->>'workspace_id' = kizuna_workspace_id()::text AND job.id > above
    ORDER BY job.id
    LIMIT at_most
$$;
CREATE FUNCTION workspace_redact_queue(wanted bigint, new_args jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE procrastinate_jobs SET args = jsonb_set(args, '{args}', new_args)
    WHERE id = wanted AND args->>'workspace_id' = kizuna_workspace_id()::text
$$;
REVOKE EXECUTE ON FUNCTION workspace_read_queue(bigint, integer), workspace_redact_queue(bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workspace_read_queue(bigint, integer), workspace_redact_queue(bigint, jsonb) TO kizuna_app;
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for part in (REQUESTS, PROFILES, UPLOADS, AUDIT, QUEUE):
        run(part)
