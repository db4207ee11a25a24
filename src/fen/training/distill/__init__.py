"""Distillation: a small model learns one kind of request from the answers of a larger one."""
