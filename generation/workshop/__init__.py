"""The workshop: the process that holds the models and makes what is asked for."""
