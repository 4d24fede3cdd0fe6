"""Referrals on the record of a case: a tab, lines of the timeline, a part of the handover card; and on the page of tasks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.handover import Line, handover_part
from cases.models import Case
from cases.record_tabs import record_tab
from cases.timeline import MOST_ENTRIES, Entry, register
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from compliance.models import UNFINISHED_STATES, ReferralStep
from compliance.routing import selectors as reads
from compliance.routing.texts import STEPS, TONES

TAB = "referrals"
NOT_TOLD = ("reminded", "taken")
"""Steps of the department's own, which say nothing about the case."""
STEP_TONES = {"asked": "info", "answered": "success", "returned": "warning", "again": "warning"}


@record_tab(TAB, label=gettext_lazy("转办"), template="compliance/routing/_record_tab.html", order=57)
def referrals_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    rows = reads.referrals_of_case(case, request.user).select_related("department", "owner", "asked_by", "complaint")
    return {"referrals": list(rows.order_by("-pk")[: reads.SHOWN_OF_ONE]), "tones": TONES}


@register
def referral_steps(case: Case, user: User) -> Iterable[Entry]:
    """What was asked, answered and told, in the words of those who did it."""
    steps = ReferralStep.objects.filter(referral__in=reads.referrals_of_case(case, user).values("pk"))
    rows = steps.exclude(kind__in=NOT_TOLD).select_related("referral__department", "actor").order_by("-pk")
    for row in rows[:MOST_ENTRIES]:
        said = {
            "step": STEPS.get(row.kind, row.kind),
            "department": row.data.get("department", row.referral.department),
        }
        yield Entry(
            at=row.at,
            key=f"referral-{row.pk}",
            kind="referral",
            title=_("%(step)s：%(department)s") % said,
            detail=row.words,
            actor=str(row.actor or ""),
            tone=STEP_TONES.get(row.kind, "neutral"),
            basis=reverse("compliance:referral", args=[row.referral_id]),
        )


@handover_part(label=gettext_lazy("转办中"), order=45)
def unfinished(case: Case, user: User, now: datetime) -> Iterable[Line]:
    """What other departments were asked and is not at its end."""
    rows = reads.referrals_of_case(case, user).filter(state__in=UNFINISHED_STATES).select_related("department")
    for row in rows.order_by("-pk")[:5]:
        yield Line(" · ".join([str(row.department), row.get_kind_display(), row.get_state_display()]), row.asked_at)


@decisions
def waiting_answers(user: User) -> Waiting | None:
    """Asked of this person's departments."""
    url = f"{reverse('compliance:referrals')}?show={reads.TO_ME}"
    return Waiting(_("待答复的转办"), reads.to_answer(user).count(), url)


@decisions
def waiting_settling(user: User) -> Waiting | None:
    """Answered, or sent back to this person."""
    url = f"{reverse('compliance:referrals')}?show={reads.BY_ME}&state=mine"
    return Waiting(_("待确认的转办"), reads.to_settle(user).count(), url)
