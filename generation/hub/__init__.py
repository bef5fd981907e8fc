"""The Hugging Face Hub: what may be read from it, and what to do where it refuses."""
