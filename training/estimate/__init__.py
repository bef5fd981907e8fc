"""What a run will need, told before anything is loaded: memory, time and money."""
