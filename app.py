"""Starts the app, on a laptop and on a Hugging Face Space: `python app.py`."""

import os
import sys

from generation.errors import GenerationError
from generation.hub.access import take_token
from prompt_engine.command_line import OneSentenceParser, run_command
from prompt_engine.errors import PromptEngineError
from studio.health.logs import start_logging
from studio.services import open_services
from studio.settings import SettingsError, read_settings
from studio.space_weights import bring_weights


def main() -> int:
    """Serve the page until interrupted; 2 if the settings cannot be used."""
    OneSentenceParser(
        prog="python app.py",
        description="Serves the page until interrupted.",
        epilog="It takes no options. Set HOST, PORT, MODEL, ADAPTERS, EMBEDDINGS, CELEBA, RESULTS or LOG "
        "before it: PORT=8000 python app.py",
    ).parse_args()
    return run_command(start, SettingsError, PromptEngineError, GenerationError)


def start() -> None:
    """Open what the settings name, then serve the page."""
    take_token()
    settings = read_settings(os.environ)
    start_logging(settings.log)
    services = open_services(settings)
    bring_weights(settings)
    services.warm_up_model()
    # Gradio takes seconds to import: a wrong setting is told before, and the model loads meanwhile.
    from studio.app import serve

    serve(services)


if __name__ == "__main__":
    sys.exit(main())
