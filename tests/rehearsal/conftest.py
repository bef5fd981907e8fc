"""How the packages of the rehearsal come."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--install",
        action="store_true",
        help="install the rehearsal's packages, link none",
    )
