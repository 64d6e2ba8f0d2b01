"""All SQL of segments."""
