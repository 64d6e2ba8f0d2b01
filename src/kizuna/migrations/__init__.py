"""The schema's history; each file is SQL run through Alembic."""
