"""A text as a reader takes it: traditional characters, full-width letters and the signs that somebody puts between the
characters of a word so that no list finds it. Pure.

    plain("你這個老*賴")     → "你这个老赖"

Only what lies between two Chinese characters and is no punctuation of a sentence is taken out: «他很老，赖账» stays two
words.
"""

import json
import re
from functools import lru_cache
from pathlib import Path

VARIANTS = Path(__file__).resolve().parent.parent / "shipped" / "character_variants.json"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f"
# A closing or opening mark of a sentence divides words; these do not. Three at the most: a longer run is a gap.
_BETWEEN = re.compile(r"(?<=[一-鿿])[ \t\u3000*·•.…_~^|/\\+=#@&\-☆★●○◆♥❤➕️]{1,3}(?=[一-鿿])")


@lru_cache(maxsize=1)
def _table() -> dict[int, str | None]:
    """One character for one, or none: so places are easy to find again."""
    pairs: dict[str, str] = json.loads(VARIANTS.read_text(encoding="utf-8"))["variants"]
    table: dict[int, str | None] = {ord(variant): plain for plain, variants in pairs.items() for variant in variants}
    # Full-width letters and digits; their punctuation is Chinese punctuation and stays.
    wide = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
    table |= {code: chr(code - 0xFEE0).lower() for code in wide}
    table |= {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    return table | {ord(sign): None for sign in _INVISIBLE}


def plain(text: str) -> str:
    """The text as it is read."""
    return _BETWEEN.sub("", text.translate(_table()))


def plain_with_places(text: str) -> tuple[str, list[int]]:
    """`plain(text)`, and for each of its characters the place in `text` that it stands at."""
    table = _table()
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        read = table.get(ord(letter), letter)
        if read is not None:
            letters.append(read)
            places.append(place)
    joined = "".join(letters)
    kept: list[str] = []
    kept_places: list[int] = []
    at = 0
    for gap in _BETWEEN.finditer(joined):
        kept.append(joined[at : gap.start()])
        kept_places += places[at : gap.start()]
        at = gap.end()
    return "".join([*kept, joined[at:]]), kept_places + places[at:]
