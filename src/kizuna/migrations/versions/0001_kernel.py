"""Roles, tenancy, the job queue and live topics."""

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None

ROLES = """
DO $$
DECLARE wanted text;
BEGIN
    -- Roles belong to the server, not the database: several databases of one server share them.
    FOREACH wanted IN ARRAY ARRAY['kizuna_app', 'kizuna_auth', 'kizuna_drain', 'kizuna_worker'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        IF NOT pg_has_role(current_user, wanted, 'SET') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        END IF;
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO kizuna_app, kizuna_auth, kizuna_drain, kizuna_worker;
"""

TENANCY = """
CREATE FUNCTION kizuna_workspace_id() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('kizuna.workspace_id', true), '')::integer;

-- Every table with a workspace_id goes through here: a row is seen and written only by its workspace.
CREATE FUNCTION kizuna_enable_tenancy(tenant regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format(
        'CREATE POLICY tenant ON %s TO kizuna_app
         USING (workspace_id = (SELECT kizuna_workspace_id()))
         WITH CHECK (workspace_id = (SELECT kizuna_workspace_id()))', tenant);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO kizuna_app', tenant);
END $$;
REVOKE EXECUTE ON FUNCTION kizuna_enable_tenancy(regclass) FROM PUBLIC;
"""

# The application may queue jobs and do nothing else with the queue: arguments of other workspaces
# stay out of its sight.
QUEUE = """
CREATE FUNCTION kizuna_defer_job(
    queue text, task text, args jsonb, lock text, queueing_lock text, at timestamptz
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF kizuna_workspace_id() IS NOT NULL AND (args->>'workspace_id')::integer <> kizuna_workspace_id() THEN
        RAISE EXCEPTION 'a job can be queued for its own workspace only';
    END IF;
    RETURN (procrastinate_defer_jobs_v1(ARRAY[
        ROW(queue, task, 0, lock, queueing_lock, args, at)::procrastinate_job_to_defer_v1
    ]))[1];
EXCEPTION WHEN unique_violation THEN
    RETURN NULL; -- the same queueing_lock already waits
END $$;
REVOKE EXECUTE ON FUNCTION kizuna_defer_job(text, text, jsonb, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kizuna_defer_job(text, text, jsonb, text, text, timestamptz)
    TO kizuna_app, kizuna_drain, kizuna_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO kizuna_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO kizuna_worker;
"""

# Unlogged: who watches what is worth nothing after a crash.
LIVE = """
CREATE UNLOGGED TABLE kizuna_live_watches (
    workspace_id integer NOT NULL,
    topic text NOT NULL,
    server_id uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, topic, server_id)
);
SELECT kizuna_enable_tenancy('kizuna_live_watches');
CREATE POLICY every_workspace ON kizuna_live_watches TO kizuna_drain USING (true);
GRANT SELECT, DELETE ON kizuna_live_watches TO kizuna_drain;
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute  # %-signs and colons in SQL stay as they are
    run(ROLES)
    run(files("procrastinate").joinpath("sql/schema.sql").read_text(encoding="utf-8"))
    run(TENANCY)
    run(QUEUE)
    run(LIVE)
