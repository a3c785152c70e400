"""Runs graphs: plans, passes, code generation, sessions."""
