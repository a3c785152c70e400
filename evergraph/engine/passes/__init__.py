"""Pure functions from plan to plan."""
