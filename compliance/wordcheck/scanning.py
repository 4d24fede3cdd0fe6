"""Reading what came since the last run: gather some texts → decide → write the hits and the place, in one transaction."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from collection_ops.core.crypto import blind_index
from compliance.models import HarmlessWording, HitState, TextKind, WordingHit, WordingScan
from compliance.rules.plain_text import plain, plain_with_places
from compliance.rules.wording import CHINESE, lexicon
from compliance.rules.wording import WordingHit as Found
from compliance.rules.wording_many import scan
from compliance.wordcheck.texts import AUDIENCE, Text, after, texts_of

AT_ONCE = 2_000
"""Texts of one transaction."""
MOST_A_RUN = 500_000
"""Texts of one run of the job; what is left waits for the next hour."""
LOOKS_BACK = timedelta(minutes=10)
"""A transaction that commits late may have an earlier moment than what was read already."""
AROUND = 6
"""Characters on each side that make the surroundings of a hit."""


@dataclass(frozen=True)
class Read:
    """What a run did: texts read, hits that are new."""

    texts: int = 0
    hits: int = 0


@dataclass(frozen=True)
class Harmless:
    """What compliance has called harmless: (category, surroundings), and words by category."""

    places: frozenset[tuple[str, str]]
    words: tuple[tuple[str, str], ...]

    def covers(self, found: Found, text: str, surroundings: str) -> bool:
        if (found.category.code, surroundings) in self.places:
            return True
        return any(
            found.category.code == category and _holds(word, text, found.start, found.end)
            for category, word in self.words
        )


def read_new(*, now: datetime, most: int = MOST_A_RUN) -> Read:
    """Read all kinds of texts on from where the last run stopped, `most` new ones. Safe to repeat, and to stop anywhere: the
    place is written with the hits. Two at once take turns: each batch is locked with its place."""
    texts = new = hits = 0
    for kind in TextKind:
        reached: Place | None = None
        while new < most:
            batch = _read_some(kind, now=now, reached=reached, most=min(AT_ONCE, most - new))
            texts, new, hits, reached = texts + batch.texts, new + batch.new, hits + batch.hits, batch.reached
            if batch.is_last:
                break
    return Read(texts, hits)


def harmless_now() -> Harmless:
    """One query."""
    rows = list(HarmlessWording.objects.filter(ended_at__isnull=True).values_list("category", "surroundings", "word"))
    return Harmless(
        frozenset((category, around) for category, around, word in rows if not word),
        tuple((category, word) for category, _around, word in rows if word),
    )


def surroundings_of(text: str, start: int, end: int) -> str:
    """Keyed index of the words and what stands beside them, as they are read; nobody reads a name out of it."""
    read, first, last = _as_read(text, start, end)
    return blind_index("wording", read[max(0, first - AROUND) : last + AROUND])


def hits_in(texts: Iterable[Text], *, kind: TextKind, harmless: Harmless, now: datetime) -> list[WordingHit]:
    """Rows to be written for what is found in the texts; nothing for what is known to be harmless."""
    listed = list(texts)
    rows = []
    for number, found in scan([one.text for one in listed], audience=AUDIENCE[kind]):
        one = listed[number]
        for hit in found:
            around = surroundings_of(one.text, hit.start, hit.end)
            if not harmless.covers(hit, one.text, around):
                rows.append(
                    WordingHit(
                        attempt_id=one.attempt_id,
                        kind=kind,
                        category=hit.category.code,
                        rule=hit.category.rule,
                        start=hit.start,
                        end=hit.end,
                        words=one.text[hit.start : hit.end][:64],
                        hidden=hit.hidden,
                        surroundings=around,
                        found_at=now,
                    )
                )
    return rows


def clear_harmless(*, category: str, word: str, reason: str, actor_id: int, now: datetime) -> int:
    """Mark the waiting hits of a category that a word holds, in the transaction in which the word is called harmless."""
    rows = WordingHit.objects.filter(category=category, state=HitState.NEW).exclude(attempt__actor=actor_id)
    waiting = list(rows.select_for_update(of=("self",)))
    texts = {kind: texts_of(kind, [hit.attempt_id for hit in waiting if hit.kind == kind]) for kind in TextKind}
    held = [
        hit.pk for hit in waiting if _holds(word, texts[TextKind(hit.kind)].get(hit.attempt_id, ""), hit.start, hit.end)
    ]
    return WordingHit.objects.filter(pk__in=held).update(
        state=HitState.FALSE_ALARM, decided_by=actor_id, decided_at=now, reason=reason
    )


Place = tuple[datetime, int]
"""A text's moment and contact."""


@dataclass(frozen=True)
class _Batch:
    """`texts` with those that were read before; `reached`: the last of them."""

    texts: int
    new: int
    hits: int
    reached: Place | None
    is_last: bool


def _read_some(kind: TextKind, *, now: datetime, reached: Place | None, most: int) -> _Batch:
    """The next texts of this run, which begins some minutes before its place and has come to `reached` (None: nowhere)."""
    with transaction.atomic():
        WordingScan.objects.get_or_create(kind=kind)
        scan_of = WordingScan.objects.select_for_update().get(pk=kind)
        version = lexicon(CHINESE).version
        if scan_of.version != version:
            scan_of.version, scan_of.upto, scan_of.upto_id, scan_of.read = version, None, 0, 0
        place = (scan_of.upto, scan_of.upto_id) if scan_of.upto is not None else None
        begin = place and min(place, reached or (place[0] - LOOKS_BACK, 0))
        texts = after(kind, *(begin or (None, 0)), most=most)
        written = _write(hits_in(texts, kind=kind, harmless=harmless_now(), now=now))
        places = [(one.at, one.attempt_id) for one in texts]
        new = sum(1 for one in places if place is None or one > place)
        if new:
            scan_of.upto, scan_of.upto_id = places[-1]
        scan_of.read, scan_of.ran_at = scan_of.read + new, now
        scan_of.save()
    return _Batch(len(texts), new, written, places[-1] if places else reached, len(texts) < most)


def _write(hits: list[WordingHit]) -> int:
    """New rows only; a place that was found before keeps what was said of it, though newer lists take in a word more."""
    known: dict[tuple[int, str, str], list[tuple[int, int]]] = {}
    rows = WordingHit.objects.filter(attempt__in={hit.attempt_id for hit in hits})
    for attempt, kind, category, start, end in rows.values_list("attempt_id", "kind", "category", "start", "end"):
        known.setdefault((attempt, kind, category), []).append((start, end))
    new = [
        hit
        for hit in hits
        if not any(
            start < hit.end and hit.start < end
            for start, end in known.get((hit.attempt_id, str(hit.kind), hit.category), ())
        )
    ]
    WordingHit.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _holds(word: str, text: str, start: int, end: int) -> bool:
    """Whether the word stands in the text so that it holds the place, as a reader takes both."""
    word = plain(word)
    read, start, end = _as_read(text, start, end)
    first = read.find(word, max(0, end - len(word)), start + len(word))
    return 0 <= first <= start and end <= first + len(word)


def _as_read(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The text as it is read, and the same place in it."""
    read, places = plain_with_places(text)
    return read, bisect_left(places, start), bisect_left(places, end)
