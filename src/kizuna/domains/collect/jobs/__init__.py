"""Jobs of the domain: declarations only, the work is in services."""
