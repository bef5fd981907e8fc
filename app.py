"""Starts the app, on a laptop and on a Hugging Face Space: `python app.py`."""

import os
import sys

from generation.errors import GenerationError
from prompt_engine.errors import PromptEngineError
from studio.services import open_services
from studio.settings import SettingsError, read_settings


def main() -> int:
    """Serve the page until interrupted; 2 if the settings cannot be used."""
    try:
        services = open_services(read_settings(os.environ))
    except (SettingsError, PromptEngineError, GenerationError) as problem:
        print(problem, file=sys.stderr)
        return 2
    # Gradio takes seconds to import: a wrong setting is told before.
    from studio.app import serve

    serve(services)
    return 0


if __name__ == "__main__":
    sys.exit(main())
