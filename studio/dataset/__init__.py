"""What the tab Dataset shows, as HTML and without Gradio: every number comes from `prompt_engine`."""
