"""Profiles: identifiers, the identity log, merge and unmerge, traits, and the 360° read of a customer.

Each distinct identifier is a *node* with a key that never changes. A profile is a connected component
of nodes; its *profile key* is the smallest key in it. The append-only identity log says which nodes
belong together and why, so that a merge costs nothing in history and can be undone exactly.
"""
