"""One folder a capability; see DESIGN in ARCHITECTURE.md for who may call whom."""
