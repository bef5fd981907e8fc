"""Models in memory: what is shared, what fits, and where it goes."""
