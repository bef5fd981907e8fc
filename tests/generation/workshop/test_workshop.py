"""The workshop loads once, takes turns, and names exactly the weights it used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import pytest
from safetensors.torch import load_file, save_file

from generation.adapters.file import FoundAdapter
from generation.errors import AdapterRejected, InvalidRecipe, ModelUnavailable
from generation.events import Comparison, Finished
from generation.loading.machine import look_at_machine, offer
from generation.loading.pipelines import load_pipeline, model_revision
from generation.models import model_spec
from generation.recipe import Recipe
from generation.results import ResultStore
from generation.workshop.settings import WorkshopSettings
from generation.workshop.workshop import Workshop

pytestmark = pytest.mark.usefixtures("bundled")


def finish(workshop: Workshop, recipe: Recipe) -> Comparison:
    *_, last = workshop.compare(recipe)
    assert isinstance(last, Finished)
    return last.comparison


def test_the_result_names_its_weights_and_repeats_by_name(recipe: Recipe) -> None:
    made = finish(Workshop("cpu"), recipe)
    assert made.recipe == replace(
        recipe, model_revision=made.recipe.model_revision, adapter_revision=made.recipe.adapter_revision
    )
    assert len(made.recipe.model_revision or "") == len(made.recipe.adapter_revision or "") == 64
    again = finish(Workshop("cpu"), made.recipe)
    assert (again.image("vanilla").tobytes(), again.image("fine_tuned").tobytes()) == (
        made.image("vanilla").tobytes(),
        made.image("fine_tuned").tobytes(),
    )


def test_other_weights_than_the_recipes_are_refused(recipe: Recipe) -> None:
    with pytest.raises(ModelUnavailable, match="abc.*leave the revision out"):
        finish(Workshop("cpu"), replace(recipe, model_revision="abc"))
    with pytest.raises(AdapterRejected, match="abc.*leave the revision out"):
        finish(Workshop("cpu"), replace(recipe, adapter_revision="abc"))


def test_the_models_revision_follows_its_content(bundled: Path) -> None:
    before = model_revision(model_spec("demo"))
    assert model_revision(model_spec("demo")) == before
    config = bundled / "assets" / "demo-model" / "scheduler" / "scheduler_config.json"
    text = config.read_text()
    config.unlink()  # it is a hard link: written in place, it would change for every test
    config.write_text(text + "\n")
    assert model_revision(model_spec("demo")) != before


def test_switching_adapters_changes_only_the_fine_tuned_arm_and_switching_back_nothing(
    recipe: Recipe, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    workshop = Workshop("cpu")
    first = finish(workshop, recipe)
    other = finish(workshop, replace(recipe, adapter=str(make_adapter(tmp_path / "other", seed=1))))
    again = finish(workshop, recipe)
    assert (
        first.image("vanilla").tobytes()
        == other.image("vanilla").tobytes()
        == again.image("vanilla").tobytes()
    )
    assert (
        first.image("fine_tuned").tobytes()
        == again.image("fine_tuned").tobytes()
        != other.image("fine_tuned").tobytes()
    )


def test_an_adapter_overwritten_in_place_is_loaded_anew(
    recipe: Recipe, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    workshop, recipe = Workshop("cpu"), replace(recipe, adapter=str(tmp_path / "mine"))
    make_adapter(tmp_path / "mine", seed=1)
    first = finish(workshop, recipe)
    make_adapter(tmp_path / "mine", seed=2)
    assert finish(workshop, recipe).image("fine_tuned").tobytes() != first.image("fine_tuned").tobytes()


def test_a_stored_result_needs_no_step(recipe: Recipe, tmp_path: Path) -> None:
    workshop = Workshop("cpu", ResultStore(tmp_path / "results"))
    made = list(workshop.compare(recipe))
    again = list(workshop.compare(recipe))
    assert len(made) > 8 and len(again) == 1
    assert (
        again[0].comparison.image("fine_tuned").tobytes() == made[-1].comparison.image("fine_tuned").tobytes()
    )
    assert again[0].comparison.recipe == made[-1].comparison.recipe


def test_visitors_take_turns_and_leaving_early_lets_the_next_one_in(recipe: Recipe) -> None:
    workshop = Workshop("cpu")
    expected = finish(workshop, recipe)
    first = workshop.compare(replace(recipe, seed=8))
    next(first)
    results: list[Comparison] = []
    started, second = (
        Signal(),
        Thread(target=lambda: (started.set(), results.append(finish(workshop, recipe)))),
    )
    second.start()
    started.wait()
    second.join(0.2)
    assert second.is_alive() and not results
    first.close()
    second.join(60)
    assert results[0].image("fine_tuned").tobytes() == expected.image("fine_tuned").tobytes()


def test_a_finished_comparison_lets_the_next_one_in_while_it_is_shown(recipe: Recipe) -> None:
    workshop = Workshop("cpu")
    first = workshop.compare(recipe)
    while not isinstance(next(first), Finished):
        pass
    assert finish(workshop, recipe).recipe.seed == recipe.seed


def test_a_failure_leaves_the_workshop_usable(recipe: Recipe, tmp_path: Path) -> None:
    workshop = Workshop("cpu")
    with pytest.raises(AdapterRejected, match="no adapter"):
        finish(workshop, replace(recipe, adapter=str(tmp_path / "nowhere")))
    with pytest.raises(InvalidRecipe, match="names no adapter"):
        list(workshop.compare(replace(recipe, adapter=None), arms=("fine_tuned",)))
    assert finish(workshop, recipe).recipe.prompt == recipe.prompt


def test_the_place_of_an_adapter_is_neither_told_nor_part_of_the_result(
    recipe: Recipe, adapter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop, private = Workshop("cpu", ResultStore(tmp_path / "results")), tmp_path / "clients" / "acme"
    shutil.copytree(adapter_path.parent, private)
    made = finish(workshop, replace(recipe, adapter=str(private)))
    assert made.recipe.adapter == "acme"
    files = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert len(files) == 3 and not any(b"clients" in path.read_bytes() for path in files)
    monkeypatch.chdir(private)
    for spelled in (".", "../acme", "../../clients/acme"):
        assert len(list(workshop.compare(replace(recipe, adapter=spelled)))) == 1


def test_an_adapter_that_is_refused_does_not_spoil_the_next(
    recipe: Recipe, adapter_path: Path, tmp_path: Path
) -> None:
    workshop, unfit = Workshop("cpu"), tmp_path / "unfit.safetensors"
    metadata = {"lora_adapter_metadata": '{"transformer.not_a_field": 1}'}
    save_file(load_file(adapter_path), unfit, metadata=metadata)
    first = finish(workshop, recipe)
    with pytest.raises(AdapterRejected, match="unfit.safetensors was made with"):
        finish(workshop, replace(recipe, adapter=str(unfit)))
    assert finish(workshop, recipe).image("fine_tuned").tobytes() == first.image("fine_tuned").tobytes()


def test_an_adapter_replaced_after_it_was_named_is_not_used_under_that_name(
    recipe: Recipe, adapter_path: Path, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    mine, other = shutil.copy(adapter_path, tmp_path / "mine.safetensors"), make_adapter(tmp_path, seed=1)
    recipe, results = replace(recipe, adapter=str(mine)), ResultStore(tmp_path / "results")

    class Overtaken(Workshop):
        def _pin(self, recipe: Recipe) -> tuple[Recipe, FoundAdapter | None]:
            pinned = super()._pin(recipe)
            shutil.copy(other, mine)
            return pinned

    workshop = Overtaken("cpu", results)
    with pytest.raises(AdapterRejected, match="mine.safetensors was replaced.*again"):
        finish(workshop, recipe)
    assert not results.folder.exists()
    expected = finish(Workshop("cpu"), replace(recipe, adapter=str(other)))
    assert finish(workshop, recipe).image("fine_tuned").tobytes() == expected.image("fine_tuned").tobytes()


def test_models_that_are_not_here_say_how_to_get_them(recipe: Recipe, bundled: Path) -> None:
    for key in ("medium", "large", "turbo"):
        with pytest.raises(ModelUnavailable, match=f"models --download {key}"):
            finish(
                Workshop("cpu", settings=WorkshopSettings(anyway=True)), Recipe(recipe.prompt, 7, model=key)
            )
        # No download helps: that it needs a GPU is said first, as `models` does.
        with pytest.raises(ModelUnavailable) as refused:
            finish(Workshop("cpu"), Recipe(recipe.prompt, 7, model=key))
        assert str(refused.value) == offer(model_spec(key), look_at_machine("cpu")).problem
    (bundled / "assets" / "demo-model" / "transformer" / "config.json").unlink()
    with pytest.raises(ModelUnavailable, match="incomplete.*demo-assets"):
        load_pipeline(model_spec("demo"), "cpu")
    shutil.rmtree(bundled / "assets" / "demo-model")
    with pytest.raises(ModelUnavailable, match="demo-assets"):
        finish(Workshop("cpu"), recipe)
