"""What programs say to XLA, the compiler."""
