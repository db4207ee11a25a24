"""Writes items: vocabularies, tasks, carriers, phrasings, and the families that combine them."""
