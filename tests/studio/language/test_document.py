"""The document that a browser opens, in its language."""

import gzip
import json
import re
from urllib.request import Request, urlopen

import pytest


def _document(url: str, **headers: str) -> tuple[str, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with urlopen(Request(url, headers=named)) as answer:
        body = answer.read()
        told = {name.lower(): value for name, value in answer.headers.items()}
    packed = told.get("content-encoding") == "gzip"
    return (gzip.decompress(body) if packed else body).decode(), told


@pytest.mark.parametrize(
    ("headers", "language", "label"),
    [
        ({}, "en", "Hair colour"),
        ({"Accept_Language": "de-CH,de;q=0.9"}, "de", "Haarfarbe"),
        ({"Accept_Language": "de", "Cookie": "language=en"}, "en", "Hair colour"),
        ({"Accept_Language": "fr", "Cookie": "language=de", "Accept_Encoding": "gzip"}, "de", "Haarfarbe"),
    ],
)
def test_the_document_is_in_the_language_that_is_asked_for(
    app_url: str, headers: dict[str, str], language: str, label: str
) -> None:
    document, told = _document(app_url, **headers)
    assert f'lang="{language}"' in document.partition("<head>")[0]
    config = json.JSONDecoder().raw_decode(document.partition("window.gradio_config = ")[2])[0]
    assert label in [each["props"].get("label") for each in config["components"]]
    assert {"Accept-Language", "Cookie"} <= {each.strip() for each in told["vary"].split(",")}
    previews = dict(
        re.findall(r'<meta (?:property|name)="(og:[a-z]+|twitter:[a-z]+)" content="([^"]*)"', document)
    )
    title = {"en": "What does fine-tuning change?", "de": "Was ändert Feinabstimmung?"}[language]
    assert previews["og:title"] == title and "Gradio" not in "".join(previews.values())
    assert told["cache-control"] == "private, no-cache"
    assert (told.get("content-encoding") == "gzip") == ("Accept_Encoding" in headers)


def test_scripts_get_their_own_sentences_alone(app_url: str) -> None:
    document, _ = _document(app_url, Accept_Language="de")
    sentences = json.JSONDecoder().raw_decode(document.partition("window.sentences = ")[2])[0]
    assert sentences["Show vanilla"] == "Original zeigen" and sentences["Cancelling"] == "Wird abgebrochen"
    assert len(json.dumps(sentences)) < 6_000 and "Hair colour" not in sentences
    assert {english for english, said in sentences.items() if said == english} <= {"OK"}
