"""What everything stands on: dtypes, shapes, errors, nests, export marks. No torch, no graph."""
