"""Configurations of TensorBoard plugins."""
