"""Imports of files: uploads, what is in them, and the job that sends their rows to the intake."""
