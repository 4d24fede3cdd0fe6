"""Contacts on the timeline of a case."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case
from cases.timeline import MOST_ENTRIES, Entry, register
from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.models import AttemptState, ContactAttempt, GateDecision
from compliance.rules.facts import MISSED
from compliance.told import phrases_of


def _basis(decision_id: int | None, user: User) -> str:
    """Where the question to the gate and its answer are told, for whoever may read it."""
    if decision_id is None or not has(user, "decisions.view"):
        return ""
    return reverse("compliance:decision", args=[decision_id])


@register
def contacts(case: Case, user: User) -> Iterable[Entry]:
    """What took place, what is open, and what was not allowed."""
    log = ContactAttempt.objects.filter(case=case)
    log = log.select_related("actor", "point", "detail__result_code", "detail__action").order_by("-pk")
    for attempt in log[:MOST_ENTRIES]:
        channel = attempt.get_channel_display()
        if attempt.state == AttemptState.CANCELLED:
            title, tone = _("%(channel)s：未拨出") % {"channel": channel}, "neutral"
        elif attempt.state == AttemptState.OPEN:
            title, tone = _("%(channel)s：待记录") % {"channel": channel}, "warning"
        else:
            detail = getattr(attempt, "detail", None)
            result = detail.result_code.label if detail and detail.result_code else attempt.get_result_display()
            title = _("%(channel)s：%(result)s") % {"channel": channel, "result": result}
            tone = "neutral" if attempt.result in MISSED else "info"
        parts = [attempt.point.masked if attempt.point else "", *told(attempt)]
        yield Entry(
            basis=_basis(attempt.gate_id, user),
            at=attempt.took_place_at,
            key=f"contact-{attempt.pk}",
            kind="contact",
            title=title,
            detail=" · ".join(part for part in parts if part),
            actor=str(attempt.actor or ""),
            tone=tone,
        )


def told(attempt: ContactAttempt) -> list[str]:
    """What was told of a contact, in short sentences: the note, and of the codes what the note does not say anyway."""
    detail = getattr(attempt, "detail", None)
    said = [words for words in phrases_of(detail) if words not in attempt.note] if detail is not None else []
    if attempt.late_minutes:
        said.append(_("迟记 %(minutes)s 分钟") % {"minutes": attempt.late_minutes})
    return [*said, attempt.note]


@register
def refusals(case: Case, user: User) -> Iterable[Entry]:
    refused = GateDecision.objects.filter(case=case, verdict="block").select_related("actor").defer("facts")
    for decision in refused.order_by("-pk")[:MOST_ENTRIES]:
        rules = [reason["rule"] for reason in decision.reasons if reason["verdict"] == "block"]
        yield Entry(
            basis=_basis(decision.pk, user),
            at=decision.decided_at,
            key=f"gate-{decision.pk}",
            kind="contact",
            title=_("联系未获允许"),
            detail=" · ".join(rules),
            actor=str(decision.actor or ""),
            tone="danger",
        )
