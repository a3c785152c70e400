"""Text, sequences and images made ready for models."""
