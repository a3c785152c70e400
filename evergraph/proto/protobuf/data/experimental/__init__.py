"""Messages of dataset snapshots."""
