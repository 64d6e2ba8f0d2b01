"""Collect: everything that comes in. The tracking API, webhooks and imports; the intake that makes an
event durable before it is acknowledged; the drain that carries it to the live stream and the lake;
sources, the event catalogue, and what was refused or set aside.
"""
