"""Reads of the wording check."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from cases.names import shown_names
from collection_ops.core.models import User
from compliance.models import HarmlessWording, HitState, TextKind, WordingHit, WordingScan
from compliance.rules.wording import WordingHit as Found
from compliance.wordcheck.texts import texts_of

SHOWN = 24
"""Characters of the text that are shown on each side of a hit."""


@dataclass(frozen=True)
class Context:
    """A hit in its text: what stands before it, the words, what stands after."""

    before: str
    words: str
    after: str


@dataclass(frozen=True)
class Line:
    """One hit on the page. `name`: the customer's, as the reader may read it."""

    hit: WordingHit
    context: Context
    name: str


def context_of(text: str, start: int, end: int) -> Context:
    before, after = text[max(0, start - SHOWN) : start], text[end : end + SHOWN]
    return Context(
        ("…" if start > SHOWN else "") + before, text[start:end], after + ("…" if end + SHOWN < len(text) else "")
    )


def hits_found(*, state: str = "", kind: str = "", category: str = "", hidden: bool = False) -> QuerySet[WordingHit]:
    """Without a state those that wait."""
    rows = WordingHit.objects.filter(state=state or HitState.NEW)
    if kind:
        rows = rows.filter(kind=kind)
    if category:
        rows = rows.filter(category=category)
    if hidden:
        rows = rows.filter(hidden=True)
    return rows.select_related("attempt__case__loan__debtor", "attempt__actor", "decided_by")


def lines(hits: Sequence[WordingHit], user: User) -> list[Line]:
    """The rows of a page with their contexts: one query a kind of text, and one for names."""
    texts = {
        kind: texts_of(kind, [hit.attempt_id for hit in hits if hit.kind == kind])
        for kind in {TextKind(hit.kind) for hit in hits}
    }
    names = shown_names(user, [hit.attempt.case for hit in hits])
    return [
        Line(
            hit,
            context_of(texts[TextKind(hit.kind)].get(hit.attempt_id, ""), hit.start, hit.end),
            names[hit.attempt.case_id],
        )
        for hit in hits
    ]


def waiting_by_category() -> dict[str, int]:
    """How many wait, by category. One query."""
    rows = WordingHit.objects.filter(state=HitState.NEW).values_list("category").annotate(count=Count("pk"))
    return dict(rows.order_by("-count", "category"))


def scans() -> dict[str, WordingScan]:
    return {scan.kind: scan for scan in WordingScan.objects.all()}


def harmless_rules() -> QuerySet[HarmlessWording]:
    """In force first, newest first."""
    return HarmlessWording.objects.select_related("marked_by", "ended_by").order_by("ended_at", "-pk")


def contexts_in(text: str, found: Sequence[Found]) -> list[tuple[Found, Context]]:
    return [(hit, context_of(text, hit.start, hit.end)) for hit in found]
