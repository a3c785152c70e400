"""Ensembles of boosted trees."""
