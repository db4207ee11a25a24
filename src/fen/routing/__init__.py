"""Which model answers a request: what is expected of each, and the choice."""
