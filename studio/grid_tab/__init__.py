"""What the tab Grid is made of."""
