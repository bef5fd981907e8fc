"""What the Hub's client raises, told in words of the one who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

TOKENS_PAGE = "https://huggingface.co/settings/tokens"


@contextmanager
def retold(refusal: Callable[[BaseException], Exception]) -> Iterator[None]:
    """Raise `refusal` of what the client raises within; what a file of this machine raises stays as it is."""
    from huggingface_hub import errors

    try:
        yield
    except (errors.HTTPError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise refusal(error) from error
