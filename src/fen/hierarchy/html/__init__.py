"""What a person sees of an HTML page."""
