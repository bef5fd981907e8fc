"""From a finished run to a repository on the Hugging Face Hub, with a card that says how it was made."""
