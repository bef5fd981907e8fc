"""Measures what an adapter changes: attributes seen, and the distance to the look it was trained on."""
