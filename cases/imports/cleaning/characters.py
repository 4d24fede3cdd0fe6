"""Characters that mean the same and look different, and characters that cannot be seen."""

import re
import unicodedata

INVISIBLE = dict.fromkeys(
    [
        *range(0x09),
        *range(0x0E, 0x20),
        *(code for code in range(0x7F, 0xA0) if code != 0x85),
        *(0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFEFF, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        *range(0xFFF9, 0xFFFC),
        *range(0xE0000, 0xE1000),
    ]
)
"""For ``str.translate``: control characters, zero-width and direction marks, fillers, tags and variation selectors go.
NUL among them, which PostgreSQL refuses."""

_NOT_TOUCHED_BY_WIDTH = re.compile(r"[!-~\s\u4e00-\u9fff]*")
_HALF_WIDTH = {
    **{0xFF00 + code - 0x20: code for code in range(0x30, 0x3A)},
    **{0xFF00 + code - 0x20: code for code in range(0x41, 0x5B)},
    **{0xFF00 + code - 0x20: code for code in range(0x61, 0x7B)},
    0x3000: 0x20,
    0xA0: 0x20,
    **INVISIBLE,
}
_SPACES = re.compile(r"\s+")


def folded(text: str) -> str:
    """For codes, numbers and dates: NFKC (full width becomes half width), nothing invisible, no outer spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.translate(INVISIBLE).strip()


def tidied(text: str) -> str:
    """For names and prose: letters and figures in half width, spaces single; every other character stays as written.

    Not NFKC: it would replace rare name characters of the compatibility block and the brackets of «（已故）».
    """
    if not text.isascii() and not _NOT_TOUCHED_BY_WIDTH.fullmatch(text):
        text = text.translate(_HALF_WIDTH)
    elif not text.isprintable():
        text = text.translate(INVISIBLE)
    return _SPACES.sub(" ", text).strip()
