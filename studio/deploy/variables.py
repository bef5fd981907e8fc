"""What can be set for a Space on the command line: variables, which everybody sees, and secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from generation.adapters.names import parse_hub_name
from generation.errors import GenerationError
from prompt_engine.nearest import name_advice
from studio.deploy.errors import DeployRefused
from studio.deploy.secret_scan import looks_secret
from studio.durations import read_durations
from studio.offered_adapters import read_adapters
from studio.packed_size import MOST_PACKED_BYTES, check_published_size
from studio.prepared_prompts import EMBEDDINGS
from studio.settings import SettingsError, read_settings

EMBEDDINGS_FOLDER = "embeddings/"  # where the files of prompts that were encoded ahead lie in a Space


@dataclass(frozen=True)
class Known:
    """One name that may be set; `check` raises ValueError with the reason of what it does not take."""

    meaning: str
    check: Callable[[str], object] | None = None


def _check_faces(text: str) -> None:
    kind, _, place = text.partition(":")
    if text == "drawn" or (kind == "hub" and place) or (kind == "folder" and place.startswith("/")):
        return
    raise ValueError("a Space has drawn, hub:OWNER/NAME, or folder:/PATH of a volume that is mounted there")


def _check_absolute(text: str) -> None:
    if not text.startswith("/"):
        raise ValueError("on a Space, name an absolute path such as /data/results")


def _check_adapters(text: str) -> None:
    for name in (each for names in read_adapters(text).values() for each in names):
        if not (name == "demo" or name.startswith("/") or parse_hub_name(name)):
            raise ValueError(
                f"{name!r} is no adapter on the Hub, OWNER/NAME or OWNER/NAME@REVISION, and no absolute path "
                "of a volume that is mounted there"
            )


VARIABLES: Mapping[str, Known] = {
    "MODEL": Known("what the page makes portraits with unasked"),
    "MODELS": Known("the models whose weights it fetches"),
    "ADAPTERS": Known("the adapters that the page offers, by model", _check_adapters),
    "EMBEDDINGS": Known("files of prompts that were encoded ahead: they are sent along"),
    "CELEBA": Known("where faces come from", _check_faces),
    "GPU_SECONDS": Known("how long GPUs are borrowed for", read_durations),
    "RESULTS": Known("the folder that keeps finished comparisons", _check_absolute),
    "ADAPTER_CACHE_GB": Known("the disk that adapters may take that visitors name"),
    "CONTACT": Known("whom visitors tell of a picture"),
    "LOG": Known("how the log is written: json or text"),
}
SECRETS: Mapping[str, Known] = {
    "HF_TOKEN": Known("reads gated models and datasets, and private adapters"),
}


@dataclass(frozen=True)
class SpaceSettings:
    """What is set for a Space; `secrets` never appear in a text. `sent` are the files that go with them."""

    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    sent: Mapping[str, Path] = field(default_factory=dict)


def read_space_settings(
    variables: Iterable[str], secrets: Iterable[str], environ: Mapping[str, str]
) -> SpaceSettings:
    """What `--variable KEY=VALUE` and `--secret KEY` or `--secret KEY=VALUE` say.

    Raises:
        DeployRefused: a name is not known or given twice, or a value cannot be used.
    """
    named = _each_once("--variable", map(_variable, variables))
    hidden = _each_once("--secret", (_secret(each, environ) for each in secrets))
    try:
        _check_values(named)
        # As the app will read them; files lie here, and not there yet.
        settings = read_settings({**named, "SPACE_ID": "owner/name"})
        check_published_size(settings.models, MOST_PACKED_BYTES, settings.embeddings)
    except (SettingsError, GenerationError) as error:
        raise DeployRefused(str(error)) from error
    found = SpaceSettings(named, hidden)
    return _with_files(found, settings.embeddings) if settings.embeddings else found


def adapters_on_hub(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The adapters that variables name and that lie on the Hub, without their revisions."""
    named = (
        adapter.partition("@")[0]
        for each in read_adapters(variables.get("ADAPTERS")).values()
        for adapter in each
    )
    return tuple(dict.fromkeys(name for name in named if name.count("/") == 1 and name[0] not in "./~"))


def datasets_on_hub(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The dataset on the Hub that variables take faces from."""
    kind, _, place = variables.get("CELEBA", "").partition(":")
    return (place.partition("@")[0],) if kind == "hub" else ()


def _each_once(option: str, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise DeployRefused(f"{option} {name} is given twice: leave one out.")
        found[name] = value
    return found


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if name in SECRETS:
        raise DeployRefused(f"Everybody sees a Space's variables: write --secret {name} instead.")
    if name not in VARIABLES:
        raise DeployRefused(f"--variable {name}: {name_advice(name, VARIABLES)}")
    if not equals:
        raise DeployRefused(f"--variable {name} has no value: write {name}=VALUE.")
    if looks_secret(value):
        raise DeployRefused(
            f"The value of --variable {name} looks like a token, a key or a password, and everybody sees a "
            "Space's variables: leave it out."
        )
    return name, value


def _secret(text: str, environ: Mapping[str, str]) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if name not in SECRETS:
        raise DeployRefused(f"--secret {name}: {name_advice(name, SECRETS)}")
    value = value if equals else environ.get(name, "")
    if not value:
        raise DeployRefused(f"--secret {name} has no value: set {name} in the environment.")
    return name, value


def _check_values(named: Mapping[str, str]) -> None:
    for name, value in named.items():
        check = VARIABLES[name].check
        try:
            if check:
                check(value)
        except ValueError as error:
            raise DeployRefused(
                f"--variable {name}={value} cannot be used: {error}".rstrip(".") + "."
            ) from error


def _with_files(settings: SpaceSettings, embeddings: Mapping[str, Path]) -> SpaceSettings:
    """The same with the files to send, and the variable as it is true in the Space."""
    there = {model: f"{EMBEDDINGS_FOLDER}{path.name}" for model, path in embeddings.items()}
    sent = {there[model]: path for model, path in embeddings.items()}
    if len(sent) < len(set(embeddings.values())):
        raise DeployRefused(f"{EMBEDDINGS} names two files of one name: rename one.")
    text = ", ".join(f"{model}={place}" for model, place in there.items())
    return replace(settings, variables={**settings.variables, EMBEDDINGS: text}, sent=sent)
