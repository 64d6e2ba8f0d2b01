"""Metrics, one file each: what is asked, what it means, how it is computed.

Adding one is adding a file with a ``PLUGIN = Metric(…)``, and ``spec/metrics/<key>.json`` with cases that run on every
engine. Its form in the explorer, its row in the docs and its tests follow by themselves.
"""
