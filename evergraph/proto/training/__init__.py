"""The state file beside checkpoints."""
