"""SQL of analytics over the database."""
