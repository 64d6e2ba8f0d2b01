"""What every part of Kizuna stands on: no business noun, no web."""
