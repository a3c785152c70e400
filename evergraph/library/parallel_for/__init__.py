"""Loops whose iterations do not depend on each other, written as one step."""

# Imported for what it does: it registers how ops are written for all iterations at once.
from evergraph.library.parallel_for import converters as converters
