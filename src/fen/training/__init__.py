"""Training: data that teach the instruction hierarchy, models that learn from them, and what serves those."""

__all__: list[str] = []
