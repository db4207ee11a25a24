"""Where in a request texts stand, and whose words they are."""
