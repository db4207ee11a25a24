"""The arena: blind battles of two answers, the votes on them, and what the votes say of the models."""
