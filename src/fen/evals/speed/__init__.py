"""Speed: how soon an answer begins, how fast it goes on, and how many come in time."""
