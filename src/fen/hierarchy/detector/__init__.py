"""The detector's letters, weights and thresholds."""
