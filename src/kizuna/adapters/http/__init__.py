"""Calls of other servers by HTTP."""

from kizuna.adapters.http.outbound import HttpOutbound

__all__ = ["HttpOutbound"]
