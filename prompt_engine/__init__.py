"""From facial attributes to prompts, and to the faces that match them."""

ENGINE_VERSION = "1"
