"""What `python -m generation` does, a file a command."""
