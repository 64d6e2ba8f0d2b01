"""The JSON API of segments."""
