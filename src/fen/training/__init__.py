"""Training: data that teach the instruction hierarchy, models that learn from them, and what serves those.

The only room with torch, transformers, TRL and PEFT (the extra `train`). They are reached by one door
(`fen.training.door`), so that to import this room is quick and needs none of them.
"""

__all__: list[str] = []
