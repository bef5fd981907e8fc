"""What one browser has had made: recipes and the names of their results, never the pictures themselves."""
