"""What the visitor sees: the only package that knows Gradio."""

VERSION = "0.1.0"  # of the whole project, as in pyproject.toml, which a Space does not have
