"""Training: optimizers, learning rates, moving averages, savers, sessions with hooks."""
