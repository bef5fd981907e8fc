"""What the tab Models is made of: its prompt, a card a model, and how long each took."""
