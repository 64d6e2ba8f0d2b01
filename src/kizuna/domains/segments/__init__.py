"""Segments: saved conditions and lists, who is in them now, and who came and went."""
