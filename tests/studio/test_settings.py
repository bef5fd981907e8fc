"""Settings come from the environment; a wrong one ends the program with one sentence and exit code 2."""

import socket
import subprocess
from pathlib import Path

import pytest

from bench.app_process import app_command
from generation.errors import InvalidRecipe, ModelUnavailable
from studio.settings import SettingsError, read_settings


def test_defaults_serve_only_this_machine() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.faces) == ("127.0.0.1", 7860, None)


def test_a_space_serves_the_world() -> None:
    assert read_settings({"SPACE_ID": "someone/portraits"}).host == "0.0.0.0"


@pytest.mark.parametrize("host", ["", "127.0.0.1", "127.8.0.1", "::1", "localhost", "LOCALHOST"])
def test_only_this_machine_reaches_a_loopback_address(host: str) -> None:
    assert not read_settings({"HOST": host}).public


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org"])
def test_strangers_may_reach_every_other_address(host: str) -> None:
    assert read_settings({"HOST": host}).public


def test_strangers_reach_a_space_whatever_its_address() -> None:
    assert read_settings({"SPACE_ID": "someone/portraits", "HOST": "127.0.0.1"}).public


def test_an_address_that_is_given_wins_on_a_space_too() -> None:
    assert read_settings({"SPACE_ID": "someone/portraits", "HOST": "10.0.0.1"}).host == "10.0.0.1"


def test_the_page_has_the_demo_model_and_its_adapter_unless_told_otherwise() -> None:
    settings = read_settings({})
    assert settings.model == "demo"
    assert settings.adapters == {"demo": ("demo",)}


def test_the_models_to_fetch_begin_with_the_page_s_own() -> None:
    assert read_settings({"MODEL": "large"}).models == ("large",)
    assert read_settings({"MODEL": "large", "MODELS": "turbo, large,medium"}).models == (
        "large",
        "turbo",
        "medium",
    )
    with pytest.raises(InvalidRecipe, match="did you mean 'turbo'"):
        read_settings({"MODELS": "turb"})


def test_adapters_are_offered_for_the_models_they_are_named_for() -> None:
    named = "large=ada/faces@v1, turbo=ada/faces@v1 ,bob/any,"
    settings = read_settings({"MODEL": "large", "ADAPTERS": named})
    assert settings.model == "large"
    assert settings.adapters == {
        "demo": ("demo",),
        "large": ("ada/faces@v1", "bob/any"),
        "turbo": ("ada/faces@v1", "bob/any"),
        "medium": ("bob/any",),
    }


def test_files_of_encoded_prompts_are_for_the_models_that_they_are_named_for(tmp_path: Path) -> None:
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    for path in (one, other):
        path.touch()

    def read(text: str, model: str = "demo") -> dict[str, Path]:
        return dict(read_settings({"MODEL": model, "EMBEDDINGS": text}).embeddings)

    assert read("") == {}
    assert read(str(one)) == {"demo": one}
    assert read(f" {one} , turbo={other}", "large") == {"large": one, "medium": one, "turbo": other}
    assert read(f"medium={one}", "large") == {"medium": one}
    with pytest.raises(InvalidRecipe, match="'lage': did you mean 'large'"):
        read(f"lage={one}")
    for twice, key in ((f"turbo={one}, turbo={other}", "turbo"), (f"{one},{other}", "demo")):
        with pytest.raises(InvalidRecipe, match=f"two files for {key}: name one, as {key}=FILE"):
            read(twice)
    with pytest.raises(ModelUnavailable, match=r"EMBEDDINGS names '.*absent', where there is no file: write"):
        read(f"large={tmp_path / 'absent'}")


@pytest.mark.parametrize("environment", [{"MODEL": "lage"}, {"ADAPTERS": "lage=ada/faces"}])
def test_a_model_that_there_is_not_is_refused_with_the_nearest(environment: dict[str, str]) -> None:
    with pytest.raises(InvalidRecipe, match="'lage': did you mean 'large'"):
        read_settings(environment)


def test_empty_variables_mean_the_default() -> None:
    assert read_settings({"PORT": "", "CELEBA": "", "HOST": ""}) == read_settings({})


@pytest.mark.parametrize("port", ["abc", "0", "-1", "65536", "78.60"])
def test_a_wrong_port_is_refused_with_what_to_do(port: str) -> None:
    with pytest.raises(SettingsError, match=r"PORT .* Set it to"):
        read_settings({"PORT": port})


@pytest.mark.parametrize("limit", ["much", "-1", "nan", "inf"])
def test_a_wrong_size_of_the_adapters_is_refused_with_what_to_do(limit: str) -> None:
    with pytest.raises(SettingsError, match="ADAPTER_CACHE_GB .* Set it to a number of gigabytes"):
        read_settings({"ADAPTER_CACHE_GB": limit})


@pytest.mark.parametrize(
    ("environment", "said"),
    [({"CELEBA": "folder:/nope"}, "/nope"), ({"CELEBA": "nonsense"}, "nonsense"), ({"PORT": "abc"}, "abc")],
)
def test_the_program_ends_with_one_sentence(environment: dict[str, str], said: str) -> None:
    assert_ends_with_one_sentence(environment, said)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_ends_with_one_sentence({"PORT": port}, f"PORT {port} is taken: ")


def test_an_address_of_another_machine_is_told() -> None:
    assert_ends_with_one_sentence({"HOST": "192.0.2.1"}, "cannot be served on 192.0.2.1")


def test_a_results_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    assert_ends_with_one_sentence({"RESULTS": str(tmp_path / "file" / "x"), "PORT": port}, "RESULTS is")


def test_an_option_is_told_instead_of_being_passed_over() -> None:
    assert_ends_with_one_sentence({}, "Unrecognized arguments: --port 8000", "--port", "8000")


def assert_ends_with_one_sentence(environment: dict[str, str], said: str, *options: str) -> None:
    command, variables = app_command(**environment)
    ended = subprocess.run([*command, *options], env=variables, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ended.stderr


def test_a_space_keeps_results_where_it_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert read_settings({"SPACE_ID": "ada/faces"}).results_dir == tmp_path / "sd35-celeba" / "results"
    assert read_settings({"SPACE_ID": "ada/faces", "RESULTS": "/data/r"}).results_dir == Path("/data/r")
