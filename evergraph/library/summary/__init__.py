"""Summaries: records of training for TensorBoard."""
