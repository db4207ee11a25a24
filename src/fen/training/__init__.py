"""Training: models made to follow the instruction hierarchy, on open weights, and what serves them."""

__all__: list[str] = []
