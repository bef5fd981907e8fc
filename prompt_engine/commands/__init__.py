"""The commands of `python -m prompt_engine`, one file each."""
