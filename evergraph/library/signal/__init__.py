"""Signals: frames, windows, short-time transforms, cosine transforms, mel spectra."""
