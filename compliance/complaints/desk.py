"""Reads of the complaint desk: which complaints, in which order, and how each is told in one line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.keyset import LARGEST_ID, Page, SortKey, keyset_page
from cases.models import Case, Debtor
from cases.names import agency_names
from collection_ops.core.access import Scope, scope
from collection_ops.core.masking import mask_name
from collection_ops.core.models import User
from compliance.models import (
    OPEN_STATES,
    About,
    Complaint,
    ComplaintSource,
    ComplaintState,
    ComplaintSubject,
    Severity,
)
from compliance.models.complaint import ComplaintQuerySet

PAGE_SIZE = 50
SOON_DAYS = 3
BY_RECEIVED = SortKey(name="received", field="received_on", kind="date")
LONG_TEXTS = ("narrative", "demand", "complainant_name", "complainant_phone", "finding", "remedy")
SEVERITY_TONES = {Severity.MINOR: "neutral", Severity.SERIOUS: "warning", Severity.MAJOR: "danger"}
STATE_TONES = {
    ComplaintState.RECEIVED: "warning",
    ComplaintState.HANDLING: "info",
    ComplaintState.DECIDED: "info",
    ComplaintState.CLOSED: "success",
    ComplaintState.JOINED: "neutral",
}
UNKNOWN_DEBTOR = gettext_lazy("未识别客户")
_NUMBER = re.compile(r"(?:TS\d{8}-)?(\d{1,19})", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One complaint on a list. `left` in words with its `tone`; nothing of it once the complaint is closed or joined."""

    complaint: Complaint
    name: str
    about: list[str]
    left: str
    tone: str
    severity_tone: str
    state_tone: str


@dataclass(frozen=True)
class Counts:
    """What is open, of what the reader may see."""

    open: int
    overdue: int
    soon: int
    unassigned: int
    mine: int


def number_in(text: str) -> int | None:
    """The id in a complaint's number (TS20260302-12), or in the bare digits of one; None in anything else."""
    match = _NUMBER.fullmatch(text.strip())
    return int(match[1]) if match and int(match[1]) <= LARGEST_ID else None


def left_in_words(days: int) -> tuple[str, str]:
    """«还剩 3 天», «今天到期», «超期 2 天», and a tone that repeats it."""
    if days < 0:
        return ngettext("超期 %(days)d 天", "超期 %(days)d 天", -days) % {"days": -days}, "danger"
    if days == 0:
        return _("今天到期"), "danger"
    words = ngettext("还剩 %(days)d 天", "还剩 %(days)d 天", days) % {"days": days}
    return words, "warning" if days <= SOON_DAYS else "neutral"


def asked_for(rows: ComplaintQuerySet, chosen: dict[str, Any], *, user: User, today: date) -> ComplaintQuerySet:
    """The complaints that a filter names. A number finds its complaint in whatever state it is."""
    text = chosen.get("q") or ""
    if text:
        # With every source named, the index of the sources' numbers answers.
        found = Q(source__in=ComplaintSource.values, source_ref=text)
        if (number := number_in(text)) is not None:
            found |= Q(pk=number)
        rows = rows.filter(found)
    else:
        rows = _in_state(rows, chosen.get("state") or "")
    for name in ("source", "type", "severity"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    handler = chosen.get("handler") or ""
    if handler == "none":
        rows = rows.filter(handler=None)
    elif handler:
        rows = rows.filter(handler=user.pk if handler == "me" else int(handler))
    if chosen.get("about"):
        rows = rows.filter(pk__in=ComplaintSubject.objects.filter(about=chosen["about"]).values("complaint"))
    if chosen.get("due") == "overdue":
        rows = rows.filter(state__in=OPEN_STATES, due_on__lt=today)
    elif chosen.get("due") == "soon":
        rows = rows.filter(state__in=OPEN_STATES, due_on__range=(today, today + timedelta(days=SOON_DAYS)))
    if chosen.get("received_from"):
        rows = rows.filter(received_on__gte=chosen["received_from"])
    if chosen.get("received_to"):
        rows = rows.filter(received_on__lte=chosen["received_to"])
    return rows


def _in_state(rows: ComplaintQuerySet, state: str) -> ComplaintQuerySet:
    if not state:
        return rows.open()
    return rows if state == "all" else rows.filter(state=state)


def desk_page(rows: ComplaintQuerySet, *, by_deadline: bool, after: str, before: str, size: int = PAGE_SIZE) -> Page:
    """Open ones by deadline, the severest of a day first; others by the day they were received, the newest first."""
    rows = rows.select_related("debtor", "handler").defer(*LONG_TEXTS)
    rows = rows.prefetch_related(
        Prefetch("subjects", ComplaintSubject.objects.select_related("user").order_by("about", "pk"))
    )
    if not by_deadline:
        return keyset_page(rows, key=BY_RECEIVED, descending=True, size=size, after=after, before=before)
    cursor = after or before
    edge = _edge(cursor)
    backwards = edge is not None and not after
    if edge is not None:
        rows = _beyond(rows, edge, backwards=backwards)
    found = list(
        rows.order_by(*(("-due_on", "severity", "-pk") if backwards else ("due_on", "-severity", "pk")))[: size + 1]
    )
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page(rows=[])
    has_next, has_previous = (True, more) if backwards else (more, edge is not None)
    return Page(
        rows=found,
        after=_cursor(found[-1]) if has_next else "",
        before=_cursor(found[0]) if has_previous else "",
    )


def _cursor(row: Complaint) -> str:
    return f"{row.due_on}_{row.severity}_{row.pk}"


def _edge(cursor: str) -> tuple[date, int, int] | None:
    """Deadline, severity and id of the row at the edge; None in what cannot be read."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)_([123])_(\d{1,19})", cursor, re.ASCII)
    if match is None or int(match[3]) > LARGEST_ID:
        return None
    try:
        return date.fromisoformat(match[1]), int(match[2]), int(match[3])
    except ValueError:
        return None


def _beyond(rows: ComplaintQuerySet, edge: tuple[date, int, int], *, backwards: bool) -> ComplaintQuerySet:
    """Said as «from that day on, without what was shown of it»: an OR of ranges would be gathered whole and sorted, this is
    read off the index of the order."""
    due, severity, pk = edge
    onwards, more, upto = ("lte", "lt", "gte") if backwards else ("gte", "gt", "lte")
    shown = Q((f"severity__{more}", severity)) | Q(("severity", severity), (f"pk__{upto}", pk))
    return rows.filter((f"due_on__{onwards}", due)).exclude(shown, due_on=due)


def lines_of(complaints: Iterable[Complaint], user: User, *, today: date) -> list[Line]:
    """Two queries at most, whatever the number: whose name may be read, and what agencies are called."""
    listed = list(complaints)
    names = names_of(user, listed)
    subjects = {one.pk: list(one.subjects.all()) for one in listed}
    agencies = agency_names({subject.org for some in subjects.values() for subject in some if subject.org})
    lines = []
    for one in listed:
        left, tone = left_in_words(one.days_left(today)) if one.is_open else ("", "neutral")
        about = [subject_in_words(subject, agencies) for subject in subjects[one.pk]]
        severity, state = SEVERITY_TONES[Severity(one.severity)], STATE_TONES[ComplaintState(one.state)]
        lines.append(Line(one, names[one.pk], about, left, tone, severity, state))
    return lines


def subject_in_words(subject: ComplaintSubject, agencies: dict[str, str]) -> str:
    """A person or an agency by name, a matter by its word."""
    if subject.user is not None:
        return str(subject.user)
    if subject.org:
        return agencies.get(subject.org, subject.org)
    if subject.about == About.COLLECTOR:
        return _("催收员（姓名不详）")
    return str(subject.get_about_display())


def names_of(user: User, complaints: Iterable[Complaint]) -> dict[int, str]:
    """Complaint → the customer's name as this person may read it. Expects `debtor`.

    The scope of a complaint is not that of a case (whoever wrote one down sees it after the case has moved on), so what
    may be read in full is asked for the person's own cases. One query at most.
    """
    listed = list(complaints)
    debtors = {one.debtor.pk: one.debtor for one in listed if one.debtor is not None}
    full = _open_names(user, set(debtors))
    shown = {pk: debtor.name if pk in full else mask_name(debtor.name) for pk, debtor in debtors.items()}
    return {one.pk: shown[one.debtor_id] if one.debtor_id is not None else str(UNKNOWN_DEBTOR) for one in listed}


def name_of(user: User, debtor: Debtor) -> str:
    return debtor.name if _open_names(user, {debtor.pk}) else mask_name(debtor.name)


def _open_names(user: User, debtors: set[int]) -> set[int]:
    granted = scope(user, "names.see")
    if granted is None or not debtors:
        return set()
    if granted == Scope.ALL:
        return debtors
    mine = Case.objects.for_user(user, "names.see").filter(loan__debtor__in=debtors)
    return set(mine.values_list("loan__debtor_id", flat=True))


def counts_for(user: User, today: date) -> Counts:
    """One query."""
    found = (
        Complaint.objects.for_user(user)
        .open()
        .aggregate(
            open=Count("pk"),
            overdue=Count("pk", filter=Q(due_on__lt=today)),
            soon=Count("pk", filter=Q(due_on__range=(today, today + timedelta(days=SOON_DAYS)))),
            unassigned=Count("pk", filter=Q(handler=None)),
            mine=Count("pk", filter=Q(handler=user)),
        )
    )
    return Counts(**found)
