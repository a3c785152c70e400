"""The name `tensorflow`, and what newer Pythons and libraries took from programs of its age."""
