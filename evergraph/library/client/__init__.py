"""Tools that look at what sessions did."""
