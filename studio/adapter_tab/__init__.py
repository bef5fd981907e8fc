"""What the tab Adapter shows of an adapter, read from its repository: HTML, without Gradio."""
