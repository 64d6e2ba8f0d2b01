"""Where members of a segment are sent: a plug-in is one file."""
