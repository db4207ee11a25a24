"""How long an answer is, against what was asked for, and why it ended there."""
