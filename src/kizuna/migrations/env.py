"""Alembic asks for this file; migrations run through ``adapters.postgres.migrate`` alone."""
