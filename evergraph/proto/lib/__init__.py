"""Messages shared by all libraries."""
