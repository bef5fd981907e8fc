"""Which language a request asks for."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "de": "Deutsch"}  # by its tag, as who reads it calls it
ASKED = "lang"  # in the address: for once, where the browser keeps no cookies
COOKIE = "language"
OF_PAGE = "x-language"  # what a page says that is open, in whichever language a second window may be


def asked_language(query: Mapping[str, str], headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """What is asked for by the address, the open page, the visitor's earlier choice, or else the browser."""
    for named in (query.get(ASKED), headers.get(OF_PAGE), cookies.get(COOKIE)):
        if named in LANGUAGES:
            return str(named)
    return accepted_language(headers.get("accept-language", ""))


def accepted_language(header: str) -> str:
    """The first of a browser's languages that is known here; English without one, as for programs."""
    ranked = sorted(header[:400].split(","), key=_weight, reverse=True)
    tags = [each.split(";")[0].strip().lower().split("-")[0] for each in ranked if _weight(each) > 0]
    return next((tag for tag in tags if tag in LANGUAGES), ENGLISH)


def _weight(part: str) -> float:
    """Source: RFC 9110, section 12.4.2."""
    _, _, weight = part.partition(";q=")
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0
