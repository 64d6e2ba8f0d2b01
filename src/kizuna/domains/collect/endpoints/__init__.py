"""HTTP of the domain: the tracking API, webhooks, and what the admin app asks."""
