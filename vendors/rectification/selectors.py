"""What the pages of rectifications show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Case, Count, ExpressionWrapper, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.models import BreachCase, Complaint
from vendors.models import (
    UNSETTLED,
    Rectification,
    RectificationExtension,
    RectificationFinding,
    RectificationStep,
    Termination,
    TerminationState,
)
from vendors.rectification.scorecards import CARDS, cards_named
from vendors.rectification.texts import STEPS, STOP_REASONS

WAITS = Q(state__in=UNSETTLED)


def chosen(asked: Mapping[str, Any], today: date) -> QuerySet[Rectification]:
    """What the filter asks for; without a state what is not settled. Overdue first, then by last day; the settled last."""
    found = Rectification.objects.select_related("agency")
    if asked.get("agency"):
        found = found.filter(agency=asked["agency"])
    state = asked.get("state") or ""
    if state == "overdue":
        found = found.filter(state="open", due_on__lt=today)
    elif state == "stopping":
        found = found.filter(stopped_on__isnull=False, lifted_on__isnull=True, state__in=UNSETTLED)
    elif state == "":
        found = found.filter(WAITS)
    elif state != "all":
        found = found.filter(state=state)
    settled = Case(When(WAITS, then=Value(0)), default=Value(1), output_field=IntegerField())
    late = ExpressionWrapper(Q(state="open", due_on__lt=today), output_field=BooleanField())
    return found.annotate(settled=settled, late=late).order_by("settled", "-late", "due_on", "-pk")


def standing(today: date) -> dict[str, int]:
    """The figures above the list. One query."""
    open_ones = Q(state="open")
    found: dict[str, int] = Rectification.objects.aggregate(
        all=Count("pk", filter=WAITS),
        open=Count("pk", filter=open_ones),
        answered=Count("pk", filter=Q(state="answered")),
        overdue=Count("pk", filter=open_ones & Q(due_on__lt=today)),
        stopping=Count("pk", filter=WAITS & Q(stopped_on__isnull=False, lifted_on__isnull=True)),
    )
    return found


@dataclass(frozen=True)
class FindingLine:
    """A finding with its answers and what it is about: (label, address or "") of each that the reader may open."""

    finding: RectificationFinding
    refs: list[tuple[str, str, int]]
    """(text, route, id); an empty route where there is nothing to open."""


def findings_of(row: Rectification, user: User) -> list[FindingLine]:
    """Five queries at most, however many there are."""
    findings = list(row.findings.prefetch_related("answers__said_by").order_by("number"))
    breaches = _shown(findings, "breaches")
    seen = {one.pk: one for one in BreachCase.objects.for_user(user).filter(pk__in=breaches)} if breaches else {}
    complaints = _shown(findings, "complaints")
    told = {one.pk: one for one in Complaint.objects.for_user(user).filter(pk__in=complaints)} if complaints else {}
    cards = cards_named(row.agency_id, _refs(findings, CARDS)) if has(user, "scorecards.view") else {}
    lines = []
    for finding in findings:
        refs: list[tuple[str, str, int]] = []
        for kind, some in finding.refs.items():
            if kind == "breaches":
                refs += [
                    (_number(seen, ref), "compliance:breach" if int(ref) in seen else "", int(ref)) for ref in some
                ]
            elif kind == "complaints":
                refs += [
                    (_number(told, ref), "compliance:complaint" if int(ref) in told else "", int(ref)) for ref in some
                ]
            elif kind == CARDS:
                refs += [(ref, "vendors:scorecard" if ref in cards else "", cards.get(ref, 0)) for ref in some]
            else:
                refs += [(ref, "", 0) for ref in some]
        lines.append(FindingLine(finding, refs))
    return lines


def _shown(findings: list[RectificationFinding], kind: str) -> list[int]:
    return [int(ref) for ref in _refs(findings, kind)]


def _refs(findings: list[RectificationFinding], kind: str) -> list[str]:
    return [ref for one in findings for ref in one.refs.get(kind, ())]


def _number(found: Mapping[int, Any], ref: str) -> str:
    row = found.get(int(ref))
    return row.number if row is not None else f"#{ref}"


@dataclass(frozen=True)
class StepLine:
    step: RectificationStep
    label: str
    note: str


def steps_of(row: Rectification) -> list[StepLine]:
    """Oldest first. One query."""
    found = row.steps.select_related("actor").order_by("pk")
    return [StepLine(one, str(STEPS.get(one.kind, one.kind)), _note(one)) for one in found]


def _note(one: RectificationStep) -> str:
    data = one.data
    if one.kind == "stopped":
        return str(STOP_REASONS.get(data.get("because", ""), ""))
    day = data.get("until") or data.get("due")
    return _("期限 %(day)s") % {"day": day} if day else str(data.get("number", ""))


def waiting_extension(row: Rectification) -> RectificationExtension | None:
    return row.asked_extensions.filter(granted__isnull=True).select_related("asked_by").first()


def terminations_of(row: Rectification) -> list[Termination]:
    people = ("proposed_by", "line_by", "compliance_by", "rejected_by")
    return list(row.terminations.select_related(*people).defer("file").order_by("-pk"))


def waiting_termination(row: Rectification) -> Termination | None:
    found = Termination.objects.filter(agency=row.agency_id, state=TerminationState.PROPOSED)
    return found.select_related("proposed_by", "line_by", "compliance_by").first()
