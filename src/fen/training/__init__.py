"""Training: data that teach the instruction hierarchy, the training itself, and what comes of it."""
