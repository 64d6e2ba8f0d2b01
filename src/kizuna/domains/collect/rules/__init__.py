"""Pure decisions about what comes in: wire format, items, times, shapes of properties; no I/O."""
