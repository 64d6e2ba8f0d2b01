"""Signing secrets of sources, sealed by the vault."""

from alembic import op

revision = "0012"
down_revision = "0011"

# The vault is not the database's to know: an upkeep job of the worker seals what stands here in plain text
# and empties it.
SEALED = """
ALTER TABLE collect_sources ALTER COLUMN signing_secret DROP NOT NULL, ADD COLUMN sealed_secret bytea;
COMMENT ON COLUMN collect_sources.signing_secret IS 'of before; NULL once it is sealed';
"""


def upgrade() -> None:
    op.get_bind().connection.dbapi_connection.execute(SEALED)
