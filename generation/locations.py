"""Where what is bundled with the repository lies."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DEMO_ADAPTER = REPOSITORY / "assets" / "demo-adapter"
REMAKE_ASSETS = "`python -m training demo-assets`"
