"""Known image networks."""
