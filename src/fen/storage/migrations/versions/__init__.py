"""One file for each revision; they run in the order of their numbers."""
