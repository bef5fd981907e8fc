"""How many tokens the CLIP encoders of Stable Diffusion 3.5 read in a sentence; they read 77 and no more."""

from __future__ import annotations

import re

MOST_CLIP_TOKENS = 77  # the marks of start and end included

# Measured once with CLIP's own vocabulary, bpe_simple_vocab_16e6 as the open_clip_torch package ships it:
# every word that a frame, a phrasing or the template uses is in one of the two tables, and a test sees to it.
_ONE_TOKEN = frozenset(
    """
    a an and appealing appearance attractive bags bald bangs beard bearded big black blond blonde bold
    broad brown chain cheeks chestnut chin chubby clean clear clock close closed color does double
    earrings eye eyebrows eyes eyewear face fair fine five fringe front full gently glasses good gray
    grey hair has hat have he head headed headshot heavy high in is jet large light lip lips lipstick
    look looking makeup man moustache mouth mustache narrow neck necklace neither no nor nose not o of
    open or oval pair pale partly photo pink pointed portrait prominent raised raven realistic red rosy
    set shadow shape sharp she shows shut silver skin sleek slender slightly smile smiling smooth soft
    softly stout straight the there thick this tie tint tone under up visible wavy wearing wears who
    with without woman young youthful
    """.split()  # noqa: SIM905 - 150 quoted words would take a line each
)
_MORE_TOKENS = {
    "arched": 2,
    "arching": 2,
    "beardless": 2,
    "brownish": 2,
    "bushy": 2,
    "cheekbones": 2,
    "cleanly": 2,
    "curving": 2,
    "eyeglasses": 2,
    "goatee": 2,
    "goateed": 3,
    "hairline": 2,
    "headgear": 2,
    "headwear": 2,
    "mustached": 2,
    "narrowed": 2,
    "necktie": 2,
    "parted": 2,
    "plump": 2,
    "pointy": 2,
    "receded": 2,
    "receding": 2,
    "shaven": 2,
    "sideburns": 2,
    "stubble": 2,
}
MEASURED_WORDS = _ONE_TOKEN | _MORE_TOKENS.keys()

_PIECE = re.compile(r"[^\W\d_]+|\d|[^\s\w]|_")


def count_clip_tokens(sentence: str) -> int:
    """Tokens with the marks of start and end: exact for our words, never too few for others.

    A word that was not measured counts a token a byte: a byte-pair code can make no more of it.
    """
    return 2 + sum(_piece_tokens(piece) for piece in _PIECE.findall(sentence.lower()))


def _piece_tokens(piece: str) -> int:
    if piece in _ONE_TOKEN:
        return 1
    return _MORE_TOKENS.get(piece, len(piece.encode()))
