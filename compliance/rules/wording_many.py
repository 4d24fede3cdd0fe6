"""Forbidden wording in a great many texts: which of them have to be read at all, and then each of those by itself. Pure.

Nearly all notes hold nothing, and finding that out is what costs. So texts are laid end to end, read as a person reads them
once, and every phrase and anchor of the lists is looked for in the whole: what holds none of them holds no hit.
`find_wording` alone says what a hit is.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from compliance.rules.plain_text import plain
from compliance.rules.wording import CHINESE, Audience, WordingHit, find_wording, lexicon

AT_ONCE = 500
"""Texts laid end to end; so many that a search pays, so few that they stay in the processor's cache."""
_END = "\0"  # in no text that PostgreSQL holds, and between two texts no phrase


def scan(
    texts: Sequence[str], *, audience: Audience, lexicons: tuple[str, ...] = (CHINESE,)
) -> Iterator[tuple[int, list[WordingHit]]]:
    """The texts in which something was found: their number in `texts`, and the hits, as `find_wording` gives them."""
    needles, reads_all = needles_of(audience, lexicons)
    for first in range(0, len(texts), AT_ONCE):
        some = texts[first : first + AT_ONCE]
        worth_reading = range(len(some)) if reads_all else _holding(needles, some)
        for number in worth_reading:
            if hits := find_wording(some[number], audience=audience, lexicons=lexicons):
                yield first + number, hits


@lru_cache(maxsize=16)
def needles_of(audience: Audience, lexicons: tuple[str, ...] = (CHINESE,)) -> tuple[tuple[str, ...], bool]:
    """One of these stands in every text with a hit; and whether there are patterns of which that cannot be said."""
    meant = [
        category
        for name in lexicons
        for category in lexicon(name).categories
        if audience in category.audiences and category.unless != "never_time_barred"
    ]
    words = dict.fromkeys(word for category in meant for word in (*category.phrases, *category.anchors))
    # A word that holds another one is found with it.
    short = [word for word in words if not any(other != word and other in word for other in words)]
    return tuple(short), any(category.patterns and not category.anchors for category in meant)


def _holding(needles: Sequence[str], texts: Sequence[str]) -> list[int]:
    read = plain(_END.join(texts))
    ends = list(accumulate(len(one) + 1 for one in read.split(_END)))
    found = set()
    for needle in needles:
        at = read.find(needle)
        while at >= 0:
            number = bisect_right(ends, at)
            found.add(number)
            at = read.find(needle, ends[number])  # once a text
    return sorted(found)
