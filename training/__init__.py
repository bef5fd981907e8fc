"""Faces and captions to a LoRA adapter, with proof: run as `python -m training`."""
