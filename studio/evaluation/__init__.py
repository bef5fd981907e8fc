"""What was measured of the adapter in use, as the page shows it: HTML, without Gradio."""
