"""Files: checkpoints, records, event files, saved models."""
