"""Messages of the profiler."""
