"""An evaluation's report: its numbers, written by training and read by the page."""
