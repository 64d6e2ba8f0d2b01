"""Kizuna: one profile, one timeline, one condition language."""

__version__ = "0.1.0"
