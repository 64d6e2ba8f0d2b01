"""Kinds of destinations: one file each."""
