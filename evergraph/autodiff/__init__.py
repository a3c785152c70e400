"""Symbolic gradients."""
