"""The edge: HTTP, and nothing that decides about customers."""
