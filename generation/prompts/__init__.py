"""What a model reads of a prompt: its length, and its embeddings, which are kept."""
