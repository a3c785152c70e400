"""Longer torch routines without knowledge of graphs."""
