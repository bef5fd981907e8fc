"""From faces to batches: latents and text embeddings, made once and kept; see `prepare.py`."""
