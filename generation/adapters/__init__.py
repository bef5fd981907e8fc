"""LoRA adapters: where they come from, what is checked before they are trusted, and how they are attached."""
