"""What strangers may ask of the server: it is looked at before Gradio sees it."""
