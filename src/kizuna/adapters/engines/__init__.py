"""What computes over the lake: DuckDB, in processes of its own."""
