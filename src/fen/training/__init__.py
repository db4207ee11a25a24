"""Training an open model to follow the instruction hierarchy: data in, an adapter out.

The only room with torch, transformers, TRL and PEFT (the extra `train`), and they are reached by one door
(`fen.training.libraries`), so that to import this room is quick and needs none of them.
"""
