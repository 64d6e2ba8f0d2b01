"""Use cases of the domain, one file each."""
