"""HTTP of the domain."""
