"""How the guard is made: what it learns from, how it learns, and what it is written to."""
