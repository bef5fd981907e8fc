"""Puts the app on a Hugging Face Space: what goes there, how it is sent, watched, checked and taken back."""
