"""A link leads others to the page, not to their own machine."""

import pytest

from generation.public_address import public_address

SERVED = "http://127.0.0.1:7860/"
HUB = "https://huggingface.co/spaces/someone/faces"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, SERVED),
        ({"SPACE_ID": "someone/faces", "SPACE_HOST": "someone-faces.hf.space"}, HUB),
        ({"SPACE_ID": "someone/faces"}, HUB),
        ({"SPACE_HOST": "someone-faces.hf.space"}, "https://someone-faces.hf.space/"),
        ({"SPACE_ID": "", "SPACE_HOST": ""}, SERVED),
        ({"SPACE_ID": "someone/faces?x=<b>", "SPACE_HOST": "a/b"}, SERVED),
    ],
)
def test_a_space_is_linked_on_the_hub(environ: dict[str, str], address: str) -> None:
    assert public_address(environ, SERVED) == address
