"""What a model says of itself, against what is documented and what is measured."""
