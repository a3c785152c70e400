"""Messages of sessions, clusters, savers and saved models."""
