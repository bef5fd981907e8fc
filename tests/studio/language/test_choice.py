"""Which language is asked for."""

import pytest

from studio.language.choice import accepted_language, asked_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr-FR,fr;q=0.9,de;q=0.5,en;q=0.4", "de"),
        ("fr, de;q=0", "en"),
        ("en;q=0.1, DE;q=0.2", "de"),
        ("de;q=x", "en"),
        ("," * 10_000 + "de", "en"),
    ],
)
def test_a_browser_is_answered_in_the_first_language_that_is_known(header: str, language: str) -> None:
    assert accepted_language(header) == language


def test_the_address_comes_before_the_page_the_earlier_choice_and_the_browser() -> None:
    browser = {"accept-language": "de"}
    assert asked_language({}, browser, {}) == "de"
    assert asked_language({}, browser, {"language": "en"}) == "en"
    assert asked_language({}, browser | {"x-language": "de"}, {"language": "en"}) == "de"
    assert asked_language({"lang": "en"}, browser | {"x-language": "de"}, {}) == "en"
    assert asked_language({"lang": "../de"}, {}, {"language": "xx"}) == "en"
