"""All SQL of the domain."""
