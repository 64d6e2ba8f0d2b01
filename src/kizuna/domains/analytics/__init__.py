"""Analytics: every number about customers. It owns SQL over the lake; metrics join as plug-ins."""
