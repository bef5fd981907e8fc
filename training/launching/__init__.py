"""One command for a run on this machine and on Hugging Face Jobs."""
