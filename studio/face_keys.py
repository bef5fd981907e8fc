"""Who may open a face large: whoever was shown it small, by the key that came along."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from prompt_engine.errors import FaceSourceError


@dataclass(frozen=True)
class FaceKeys:
    """Signs the names of the faces that are shown, with a secret that ends with the process."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def key(self, name: str) -> str:
        """What goes along with a face that is shown."""
        return hmac.new(self.secret, name.encode(errors="surrogatepass"), "sha256").hexdigest()[:32]

    def check(self, name: str, key: str) -> None:
        """Let a face pass that was shown.

        Raises:
            FaceSourceError: the key is not the one of that name.
        """
        if not hmac.compare_digest(self.key(name).encode(), key.encode(errors="replace")):
            raise FaceSourceError(f"The face {name!r} was not shown since the app began: open the page anew.")
