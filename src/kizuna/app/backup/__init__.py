"""``kizuna backup`` and ``kizuna restore``: PostgreSQL, lake and files as one consistent, sealed whole."""
