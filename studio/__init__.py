"""What the visitor sees: the only package that knows Gradio."""
