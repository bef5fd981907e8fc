"""From a recipe to two portraits: vanilla and fine-tuned, from the same prompt and the same noise."""
