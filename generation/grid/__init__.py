"""Grids: comparisons along two axes, and the sheet they make."""
