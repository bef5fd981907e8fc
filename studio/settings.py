"""What the environment may set: where to listen, where faces come from, where results are kept."""

import errno
import ipaddress
import math
import os
import re
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generation.models import model_spec
from studio.health.logs import Style
from studio.offered_adapters import read_adapters
from studio.prepared_prompts import read_embeddings

REPOSITORY = Path(__file__).resolve().parent.parent
LARGEST_PORT = 65_535
GPU_SECONDS = "GPU_SECONDS"  # corrects how long ZeroGPU's GPUs are borrowed for
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+|https://[\w.-]+(:\d+)?(/[\w./~%+-]*)?", re.ASCII)


class SettingsError(ValueError):
    """An environment variable holds something the app cannot use; the text says what to do."""


@dataclass(frozen=True)
class Settings:
    """How this run is set up; `faces` is a face source such as "folder:PATH", None for drawn portraits.

    `model` is what the page makes portraits with unasked, `models` are those whose weights a Space fetches,
    that one first, `adapters` those that the page offers, by model, and
    `embeddings` the files of the models whose prompts are encoded ahead. `adapter_cache_gb` is what adapters
    that visitors name may take of the Hub's cache. `contact` is whom they tell of a picture: an email address
    or a page.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    faces: str | None = None
    results_dir: Path = REPOSITORY / "outputs" / "results"
    max_waiting: int = 24
    on_zerogpu: bool = False
    on_space: bool = False
    gpu_seconds: str | None = None
    log: Style = "text"
    model: str = "demo"
    models: tuple[str, ...] = ("demo",)
    adapters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: read_adapters(None))
    embeddings: Mapping[str, Path] = field(default_factory=dict)
    adapter_cache_gb: float = 5
    contact: str | None = None

    @property
    def public(self) -> bool:
        """Whether strangers may reach the page: on a Space, and on any address but this machine's own."""
        return self.on_space or not _is_loopback(self.host)

    def __post_init__(self) -> None:
        if not 0 < self.port <= LARGEST_PORT:
            raise SettingsError(f"PORT is {self.port}. Set it to a number from 1 to {LARGEST_PORT:,}.")
        if not self.host:
            raise SettingsError("HOST is empty. Set it to an address such as 127.0.0.1, or unset it.")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables; unset or empty means the default.

    Raises: SettingsError, InvalidRecipe, ModelUnavailable.
    """
    on_space = bool(environ.get("SPACE_ID"))
    model = model_spec(environ.get("MODEL") or Settings.model).key
    return Settings(
        host=environ.get("HOST") or ("0.0.0.0" if on_space else Settings.host),
        port=_read_port(environ.get("PORT")),
        faces=environ.get("CELEBA") or None,
        results_dir=_read_results(environ.get("RESULTS"), on_space),
        on_space=on_space,
        on_zerogpu=environ.get("SPACES_ZERO_GPU", "").lower() in {"1", "t", "true"},
        gpu_seconds=environ.get("GPU_SECONDS"),
        log=_read_log(environ.get("LOG"), on_space),
        model=model,
        models=_read_models(environ.get("MODELS"), model),
        adapters=read_adapters(environ.get("ADAPTERS")),
        embeddings=read_embeddings(environ.get("EMBEDDINGS"), model),
        adapter_cache_gb=_read_gigabytes("ADAPTER_CACHE_GB", environ.get("ADAPTER_CACHE_GB")),
        contact=_read_contact(environ.get("CONTACT")),
    )


def check_address(host: str, port: int) -> None:
    """Find out before seconds of loading whether the page can be served there.

    Raises: SettingsError.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            if os.name == "posix":  # as the server does; on Windows it would let two listen
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingsError(_unusable_address(host, port, error)) from None


def _unusable_address(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"PORT {port} is taken: stop what listens there, or set PORT to another number."
    reason = error.strerror or error
    return (
        f"The page cannot be served on {host}, port {port} ({reason}): set HOST and PORT to an own address."
    )


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; a name other than localhost may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _read_results(text: str | None, on_space: bool) -> Path:
    if on_space and not text:  # the code may lie where nothing can be written
        return Path(tempfile.gettempdir(), "sd35-celeba", "results")
    return Path(text or Settings.results_dir)


def _read_models(text: str | None, model: str) -> tuple[str, ...]:
    named = (model_spec(each).key for each in map(str.strip, (text or "").split(",")) if each)
    return tuple(dict.fromkeys((model, *named)))


def _read_log(text: str | None, on_space: bool) -> Style:
    if text not in (None, "", "json", "text"):
        raise SettingsError(f"LOG is {text!r}. Set it to json or text.")
    if text:
        return "json" if text == "json" else "text"
    return "json" if on_space else "text"


def _read_contact(text: str | None) -> str | None:
    if text and not _CONTACT.fullmatch(text):
        raise SettingsError(
            f"CONTACT is {text!r}. Set it to an email address such as me@example.org, or to a page such as "
            "https://example.org/contact."
        )
    return text or None


def _read_port(text: str | None) -> int:
    if not text:
        return Settings.port
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"PORT is {text!r}, which is not a number. Set it to one such as 7860.") from None


def _read_gigabytes(name: str, text: str | None) -> float:
    if not text:
        return Settings.adapter_cache_gb
    try:
        gigabytes = float(text)
    except ValueError:
        gigabytes = math.nan
    if not 0 <= gigabytes < math.inf:
        raise SettingsError(f"{name} is {text!r}. Set it to a number of gigabytes such as 5.")
    return gigabytes
