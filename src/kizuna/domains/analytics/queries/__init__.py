"""SQL of analytics over the lake, for every engine."""
