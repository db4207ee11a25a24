"""What no person sees of a text, and what it says in other letters."""
