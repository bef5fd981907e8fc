"""The public endpoints, for programs and as tools of the Model Context Protocol: all that the page does."""
