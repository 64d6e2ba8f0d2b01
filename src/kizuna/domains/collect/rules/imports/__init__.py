"""Imports: what a file holds, what its columns mean, and which events its rows become."""
