"""Second factors, sign-in through a company's own provider, networks from which a workspace may be used."""

from alembic import op

revision = "0010"
down_revision = "0009"

POLICY = """
CREATE TABLE workspace_sign_in (
    workspace_id integer PRIMARY KEY REFERENCES workspace_workspaces (id),
    require_totp boolean NOT NULL DEFAULT false,
    networks text[] NOT NULL DEFAULT '{}'
);
SELECT kizuna_enable_tenancy('workspace_sign_in');
"""

# Secrets are sealed by the vault; recovery codes are keyed hashes of it.
TOTP = """
CREATE TABLE workspace_totp (
    workspace_id integer NOT NULL,
    member_id integer NOT NULL,
    secret_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint,
    last_used_at timestamptz,
    PRIMARY KEY (workspace_id, member_id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES workspace_members ON DELETE CASCADE
);
SELECT kizuna_enable_tenancy('workspace_totp');

CREATE TABLE workspace_recovery_codes (
    workspace_id integer NOT NULL,
    member_id integer NOT NULL,
    code_hash bytea NOT NULL,
    PRIMARY KEY (workspace_id, member_id, code_hash),
    FOREIGN KEY (workspace_id, member_id) REFERENCES workspace_members ON DELETE CASCADE
);
SELECT kizuna_enable_tenancy('workspace_recovery_codes');
"""

OIDC = """
CREATE TABLE workspace_oidc (
    workspace_id integer PRIMARY KEY REFERENCES workspace_workspaces (id),
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_secret_sealed bytea NOT NULL,
    email_domains text[] NOT NULL,
    join_role text,
    password_allowed boolean NOT NULL
);
SELECT kizuna_enable_tenancy('workspace_oidc');

-- Who somebody is at the provider. An address may pass to another person; the subject never does.
ALTER TABLE workspace_members ADD oidc_subject text;
CREATE UNIQUE INDEX workspace_members_by_oidc_subject ON workspace_members (workspace_id, oidc_subject);
"""

# What must be known before somebody is signed in; never a secret.
AUTH = """
CREATE POLICY sign_in ON workspace_sign_in FOR SELECT TO kizuna_auth USING (true);
CREATE POLICY sign_in ON workspace_totp FOR SELECT TO kizuna_auth USING (true);
CREATE POLICY sign_in ON workspace_oidc FOR SELECT TO kizuna_auth USING (true);
GRANT SELECT ON workspace_sign_in TO kizuna_auth;
GRANT SELECT (workspace_id, member_id, confirmed_at) ON workspace_totp TO kizuna_auth;
GRANT SELECT (workspace_id, name, email_domains, password_allowed) ON workspace_oidc TO kizuna_auth;
"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    for part in (POLICY, TOTP, OIDC, AUTH):
        run(part)
