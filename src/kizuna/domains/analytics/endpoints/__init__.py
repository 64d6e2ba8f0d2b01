"""HTTP of analytics."""
