"""PostgreSQL: the only database, embedded or elsewhere."""
