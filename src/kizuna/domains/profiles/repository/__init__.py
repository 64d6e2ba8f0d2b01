"""All SQL that writes profiles, and what writing needs to read.

Statements take whole batches as arrays. Everything but ``take_keys`` and ``insert_nodes`` runs under
the workspace's identity lock, so rows need no order and versions rise as they become visible.
"""
