"""Tenants, their members and what each may do: sessions, invitations, API keys, audit log, job progress."""
