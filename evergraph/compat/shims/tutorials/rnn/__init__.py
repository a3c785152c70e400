"""Recurrent neural networks."""
