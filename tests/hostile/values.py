"""What somebody might send where something else is meant."""

from __future__ import annotations

import math
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SCRIPT = "<img src=x onerror=alert(1)>"
SCRIPTS = (
    '<img src="https://evil.example/x.png" onerror="alert(1)"><svg onload=alert(1)>',
    '"><script src="https://evil.example/x.js"></script><script>alert(1)</script>',
    "' onmouseover='alert(1)' autofocus onfocus='alert(1)",
    "[a](javascript:alert(1)) ![b](https://evil.example/b.png) <a href='javascript:alert(1)'>c</a>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <iframe srcdoc='<script>alert(1)</script>'>",
)
FUZZING = "FUZZ" in os.environ  # `make fuzz`: as long as it is let
TRAVERSALS = (
    "../../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\app.py",
    "%2e%2e/%2e%2e/app.py",
    "..%252f..%252fapp.py",
    "..%c0%af..%c0%afapp.py",
    "file:///etc/passwd",
    "\\\\?\\C:\\CON",
    "/proc/self/environ",
    "....//....//app.py",
)
TEXTS = (
    "",
    SCRIPT,
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "[a](javascript:alert(1))",
    "{{7*7}}${7*7}",
    "\u202e\u2066gnp.exe",
    "\x00\x1b[2J\x7f",
    "\ud800",
    "\ufeff\u200b",
    "Ⓞwner/nаme",
    "owner/name@../../x",
    "https://evil.example/owner/name",
    "9" * 5000,
    "[" * 3000,
    '{"a":' * 900,
    "é" * 70_000,
    "a" * 1_000_000,
    "?v=1&a=f&s=1&s=2&q=%00",
    "hf_" + "a" * 30,
    *TRAVERSALS,
)
THINGS: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    10**400,
    2**64,
    math.nan,
    math.inf,
    [],
    {},
    [[[[]]]],
    ["Smiling"] * 10_000,
    {"a": {"b": []}},
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    {"path": "http://127.0.0.1:1/a.png", "meta": {"_type": "gradio.FileData"}},
    {"path": "\0", "meta": {"_type": "gradio.FileData"}},
    {"__type__": "update", "value": SCRIPT},
)
hostile = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(THINGS),
    st.text(max_size=30),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.lists(st.sampled_from(TEXTS[:10]), max_size=4),
)


def examples(number: int) -> settings:
    """So many, always the same; with FUZZ set, as many and as different ones as that says."""
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    if FUZZING:
        return settings(max_examples=int(os.environ["FUZZ"]), deadline=None, suppress_health_check=checks)
    return settings(max_examples=number, derandomize=True, deadline=None, suppress_health_check=checks)
