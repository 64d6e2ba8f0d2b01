"""Pure decisions about identity, traits, names and search; no I/O."""
