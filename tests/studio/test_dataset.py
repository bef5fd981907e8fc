"""What the tab Dataset shows is what the prompt engine counts; no browser and no app are needed."""

import json
import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import gradio as gr
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_engine.attributes import LABELS
from prompt_engine.audit import FINDINGS
from prompt_engine.audit_counts import derive_findings
from prompt_engine.buckets import GENDERS
from prompt_engine.dataset_facts import Dataset, DatasetFacts
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.near_duplicates import NearDuplicate
from prompt_engine.prompt_filter import Assessed, PromptFilter, losses
from prompt_engine.query import Query
from prompt_engine.relations import Conflict, Lift, Relation, relation
from studio.dataset.audit_table import render_audit, render_strict
from studio.dataset.duplicate_pairs import render_duplicates
from studio.dataset.heat_map import describe_conflict, ordered_labels, render_map, render_strongest, surely
from studio.dataset.histogram import Scale, Spread, render_histogram, render_kept
from studio.dataset.losses import render_losses
from studio.dataset.numbers import lift_number
from studio.dataset.prompt_table import COLUMNS, PAGE_ROWS, Page, Wanted, find_rows, render_rows
from studio.dataset.scope import render_scope
from studio.dataset.share_bars import render_shares
from studio.face_keys import FaceKeys
from studio.navigation import build_navigation
from studio.services import Services
from studio.settings import Settings
from studio.tabs.dataset import build_dataset_tab
from studio.tabs.dataset_duplicates import build_duplicates
from studio.view import View


@pytest.fixture(scope="module")
def facts() -> DatasetFacts:
    return Dataset().facts()


@pytest.fixture(scope="module")
def judged(facts: DatasetFacts) -> list[Assessed]:
    return facts.judge(PromptFilter())


def text(html: str) -> str:
    """What a reader sees of HTML."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def cells(html: str) -> list[list[str]]:
    """The text of every row of a table."""
    return [
        [text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.DOTALL)
    ]


def test_every_prompt_lies_in_one_bar(facts: DatasetFacts) -> None:
    spread = Spread.of(facts.judge(PromptFilter(least_images=0)))
    scale = Scale.up_to(spread.most)
    heights = scale.heights(spread.together)
    assert (sum(heights), heights[0], len(heights)) == (8_343, 171, scale.bars)
    assert len(scale.names()) == scale.bars
    table = cells(render_histogram(spread, 200).split("<details>")[1])
    assert sum(int(prompts.replace(",", "")) for _, prompts in table[1:]) == 8_343


@pytest.mark.parametrize("count", [1, 2, 9, 10, 15, 16, 199, 200, 67_988])
def test_a_count_lies_within_its_bar(count: int) -> None:
    scale = Scale.up_to(67_988)
    bar = scale.heights(np.array([count])).index(1)
    assert bar / scale.bars - 0.01 <= scale.share(count) <= (bar + 1) / scale.bars


def test_the_threshold_is_told(facts: DatasetFacts) -> None:
    spread = Spread.of(facts.judge(PromptFilter(least_images=0)))
    assert text(render_kept(spread, 200)) == "4,621 kept, 3,722 dropped 2,287 of men and 2,334 of women kept"
    assert "8,343 kept, 0 dropped" in text(render_kept(spread, 0))


def test_the_browser_is_given_the_counts(facts: DatasetFacts) -> None:
    spread = Spread.of(facts.judge(PromptFilter(least_images=0, least_lift=0.5)))
    html = render_histogram(spread, 200)
    found = re.search(r'data-counts="([^"]*)"', html)
    assert found
    given = json.loads(unescape(found.group(1)))
    for gender in GENDERS:
        assert np.cumsum(given[gender]).tolist() == spread.eligible[gender].tolist()
    assert f'data-others="{len(spread.others)}"' in html
    assert len(spread.others) > 0 and "another reason" in html


def test_losses_name_the_worst_first(judged: Sequence[Assessed]) -> None:
    rows = cells(render_losses(losses(judged)))
    assert rows[1] == ["Rosy cheeks", "Man", "466", "466", "100 %"]


def test_rows_are_searched_and_sorted(judged: Sequence[Assessed]) -> None:
    rosy = find_rows(judged, Wanted.typed(" Rosy smil rosy", "kept", "female"), Page("images", True))
    assert rosy and all("Rosy_Cheeks" in each.row.labels and "Smiling" in each.row.labels for each in rosy)
    counts = [each.row.count for each in rosy]
    assert counts == sorted(counts, reverse=True) and counts[-1] >= 200
    men = find_rows(judged, Wanted(("man",)), Page())
    assert {each.row.gender for each in men} == {"male"}  # a word begins so: "woman" does not
    assert find_rows(judged, Wanted(("unicorn",)), Page()) == []


def test_a_search_of_any_length_asks_for_few_words() -> None:
    assert Wanted.typed("a " * 10_000, "all", None) == Wanted(("a",))
    words = Wanted.typed(" ".join(map(str, range(10_000))), "all", None).words
    assert words[:3] == ("0", "1", "2") and len(" ".join(words)) <= 200


@pytest.mark.parametrize("column", ["prompt", "gender", "images", "lift", "verdict"])
def test_every_column_sorts_both_ways(judged: Sequence[Assessed], column: str) -> None:
    page = Page("other").sorted_by(column)
    one, other = (find_rows(judged, Wanted(), each) for each in (page, page.sorted_by(column)))
    assert len(one) == len(other) == 8_343
    assert page.descending == (column == "images") != page.sorted_by(column).descending
    assert one[0] != other[0]


def test_a_page_of_rows_links_to_explore(judged: Sequence[Assessed]) -> None:
    html = render_rows(judged, Page(number=1), Query(split="train"))
    assert len(cells(html)) == 1 + PAGE_ROWS
    address = unescape(re.findall(r'href="([^"]*)" data-view', html)[0])
    view, problems = View.from_address(urlsplit(address).query)
    assert problems == ()
    assert view.selection == judged[PAGE_ROWS].row.selection and view.split == "train"
    assert f"{PAGE_ROWS + 1} to {2 * PAGE_ROWS} of 8,343" in text(html)


def test_a_page_beyond_the_last_is_the_last(judged: Sequence[Assessed]) -> None:
    assert "8,326 to 8,343 of 8,343" in text(render_rows(judged, Page(number=10_000), Query()))
    assert "No prompt is like that" in text(render_rows([], Page(), Query()))


@given(st.sampled_from(tuple(COLUMNS)), st.booleans(), st.integers(0, 400))
def test_a_page_reads_back(column: str, descending: bool, number: int) -> None:
    page = Page(column, descending, number)
    assert Page.read(page.written) == page


@given(st.text())
def test_any_text_is_a_page(text: str) -> None:
    assert Page.read(Page.read(text).written) == Page.read(text)


def test_dropped_rows_say_why(judged: Sequence[Assessed]) -> None:
    rows = cells(render_rows(judged, Page(), Query()))[1:]
    assert all(row[-1].startswith("0 images where 200 are needed") for row in rows)


@pytest.mark.parametrize("gender", GENDERS)
def test_the_map_shows_every_pair_and_stays_small(facts: DatasetFacts, gender: str) -> None:
    lifts = facts.lifts(gender)
    html = render_map(lifts, gender)
    rows = cells(html)
    assert (len(rows), {len(row) for row in rows}) == (41, {41})
    assert len(html.encode()) < 100_000
    assert sorted(ordered_labels(gender)) == sorted(LABELS)


def test_the_numbers_of_a_cell(facts: DatasetFacts) -> None:
    lifts = facts.lifts("male")
    found = re.search(r'data-numbers="([^"]*)"', render_map(lifts, "male"))
    assert found
    data = json.loads(unescape(found.group(1)))
    places = sorted((data["labels"].index("Goatee"), data["labels"].index("Young")))
    observed, expected, lift, low, high, _ = data["pairs"][places[1]][places[0]]
    known = relation(lifts, "male", "Goatee", "Young").occurrence
    assert observed == known.observed
    exact = (known.expected, known.lift, known.low, known.high)
    assert (expected, lift, low, high) == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize(
    ("occurrence", "bound"),
    [
        (Lift(100, 4.9, 20.4, 16.6, 24.8), None),  # too little is expected
        (Lift(100, 90, 1.11, 0.9, 1.35), None),  # it may be chance
        (Lift(100, 50, 2.0, 1.63, 2.43), 1.63),
        (Lift(10, 50, 0.2, 0.1, 0.37), 0.37),
    ],
)
def test_colours_are_cautious(occurrence: Lift, bound: float | None) -> None:
    assert surely(occurrence) == bound


@pytest.mark.parametrize(
    ("conflict", "said"),
    [
        (Conflict.HARD, "In prompts they exclude each other: asking for both is refused."),
        (Conflict.SOFT, "In prompts they are rare together: asking for both gives a warning."),
        (Conflict.FINE, "In prompts they go together."),
    ],
)
def test_what_prompts_make_of_a_pair_is_a_sentence(conflict: Conflict, said: str) -> None:
    found = Relation("male", ("Goatee", "Young"), Lift(481, 3743, 0.13, 0.12, 0.14), conflict)
    assert describe_conflict(found) == said


def test_a_pair_that_a_gender_is_not_asked_for_is_no_warning() -> None:
    beard = Relation("female", ("Goatee", "Young"), Lift(2, 30, 0.07, 0.01, 0.24), Conflict.SOFT)
    assert "not asked for" in describe_conflict(beard)


def test_the_strongest_pairs_are_named(facts: DatasetFacts) -> None:
    html = text(render_strongest(facts.lifts("female"), "female"))
    assert "Fold under the chin and full face" in html and "Gray hair and black hair" in html


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.0001, "&lt;0.001"), (0.0037, "0.0037"), (0.128, "0.13"), (38.094, "38.09")],
)
def test_lifts_are_written_with_digits_that_count(value: float, said: str) -> None:
    assert lift_number(value) == said


def test_shares_are_tables_that_sum_to_100(facts: DatasetFacts) -> None:
    html = render_shares(facts.shares("male", "legacy"), "male")
    sums = [row for row in cells(html) if row and row[0] == "Together"]
    assert [row[2:4] for row in sums] == [["100.0 %", "100.0 %"]] * 2
    assert "Facial hair" in html


def test_every_finding_has_its_row(facts: DatasetFacts) -> None:
    html = render_audit(derive_findings(facts.counts), facts.images)
    assert html.count("data-asks=") == len(FINDINGS)
    rows = {row[0]: row[1:] for row in cells(html)}
    assert rows["Two hair colours"] == ["–", "2,786", "1.45 %", "815", "1,971"]
    assert "a CelebA folder does" in html


def test_the_strict_switch_before_and_after(judged: list[Assessed]) -> None:
    said = text(render_strict((192_287, judged), (174_435, judged[:4_000])))
    assert "192,287 → 174,435" in said and "17,852 of 192,287 images (9.3 %)" in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (3, 1, "2 fewer prompts are kept."),
        (3, 2, "1 fewer prompt is kept."),
        (3, 3, "as many prompts are kept."),
        (1, 3, "2 more prompts are kept."),
    ],
)
def test_fewer_images_may_keep_fewer_prompts_or_more(
    judged: list[Assessed], before: int, after: int, said: str
) -> None:
    kept = [each for each in judged if each.kept]
    assert said in text(render_strict((10, kept[:before]), (9, kept[:after])))


def test_pairs_of_one_picture_are_shown_with_their_labels() -> None:
    source = DrawnFaces(size_px=32)
    found = [NearDuplicate((0, 1), 1, 2, ("Smiling",)), NearDuplicate((2, 3), 3, 60, ())]
    html = render_duplicates(found, 1_000, source, FaceKeys())
    assert "Of 1,000 images, 1 pair shows the same picture; the labels of 1 disagree." in text(html)
    assert "1 pair is alike at a glance" in text(html)
    assert html.count("<img") == 4
    assert "None of the 5 images" in text(render_duplicates([], 5, source, FaceKeys()))


def test_the_counted_images_are_named() -> None:
    within = Query(split="train", blurry="in", strict=True)
    said = text(render_scope(154_408, within))
    assert said.startswith("Counted: 154,408 training images, blurry ones included")
    assert text(render_scope(192_287, Query())) == "Counted: 192,287 images that are not blurry."


def test_nothing_is_worked_out_before_the_tab_is_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The page must not wait for what nobody looks at."""
    asked: list[Query] = []
    monkeypatch.setattr(Dataset, "facts", lambda self, within=None: asked.append(within))
    services = Services(Settings(results_dir=tmp_path), DrawnFaces(), Path("nowhere"))
    with gr.Blocks() as page:
        navigation = build_navigation(page)
        build_dataset_tab(services, navigation)
    assert asked == []
    assert services.faces._built is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("host", "drawn", "offered"),
    [("127.0.0.1", False, True), ("0.0.0.0", False, False), ("127.0.0.1", True, False)],
)
def test_strangers_cannot_have_all_images_compared(
    tmp_path: Path, host: str, drawn: bool, offered: bool
) -> None:
    source = DrawnFaces()
    source.drawn = drawn  # type: ignore[misc]
    services = Services(Settings(host=host, results_dir=tmp_path), source, Path("nowhere"))
    with gr.Blocks() as page:
        build_duplicates(services)
    assert bool(page.fns) == offered
    assert any(getattr(each, "elem_id", "") == "find-duplicates" for each in page.blocks.values()) == offered
