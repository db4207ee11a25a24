"""Where the values of a call come from, and what the user asked for."""
