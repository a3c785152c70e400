"""`tensorflow` and `tensorflow.*` resolved to evergraph; shims for old programs."""
