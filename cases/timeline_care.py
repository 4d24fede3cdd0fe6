"""Holds, risk flags, dispositions, numbers and files on the timeline of a case, for those who may read of them elsewhere."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from cases.models import Attachment, Case, ContactPoint, DispositionStep, FlagState, Hold, HoldRenewal, RiskFlag
from cases.services.contact_points import ADDED, MARKED
from cases.services.holds import last_day_of
from cases.timeline import MOST_ENTRIES, Entry, register
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import AuditEvent, User

_PEOPLE = ("placed_by", "lifted_by")


@register
def holds(case: Case, user: User) -> Iterator[Entry]:
    if not has(user, "care.view"):
        return
    now = clock.now()
    found = Hold.objects.filter(debtor_id=case.loan.debtor_id).select_related("loan", *_PEOPLE)
    for hold in found.order_by("-pk")[:MOST_ENTRIES]:
        type = hold.get_type_display()
        parts = [hold.reason]
        if hold.loan is not None:
            parts.append(
                _("%(contract)s 争议 %(amount)s 元") % {"contract": hold.loan.contract_no, "amount": hold.amount}
            )
        yield Entry(
            at=hold.placed_at,
            key=f"hold-{hold.pk}",
            kind="hold",
            title=_("停催：%(type)s") % {"type": type},
            detail=" · ".join(parts),
            actor=str(hold.placed_by or ""),
            tone="danger",
        )
        if hold.ends_at is not None and hold.ends_at <= now:
            lifted = bool(hold.lift_reason)
            title = _("解除停催：%(type)s") if lifted else _("停催到期：%(type)s")
            yield Entry(
                at=hold.ends_at,
                key=f"hold-{hold.pk}-ended",
                kind="hold",
                title=title % {"type": type},
                detail=hold.lift_reason,
                actor=str(hold.lifted_by or ""),
            )


@register
def renewals(case: Case, user: User) -> Iterator[Entry]:
    if not has(user, "care.view"):
        return
    found = HoldRenewal.objects.filter(hold__debtor_id=case.loan.debtor_id).select_related("hold", "renewed_by")
    for renewal in found.order_by("-pk")[:MOST_ENTRIES]:
        day = last_day_of(Hold(ends_at=renewal.ends_at))
        yield Entry(
            at=renewal.renewed_at,
            key=f"renewal-{renewal.pk}",
            kind="hold",
            title=_("停催延长至 %(day)s：%(type)s") % {"day": day, "type": renewal.hold.get_type_display()},
            detail=renewal.reason,
            actor=str(renewal.renewed_by or ""),
            tone="warning",
        )


@register
def risk_flags(case: Case, user: User) -> Iterator[Entry]:
    if not has(user, "care.view"):
        return
    found = RiskFlag.objects.filter(case=case).select_related("raised_by", "decided_by", "disposition__ended_by")
    for flag in found.order_by("-pk")[:MOST_ENTRIES]:
        words = {"type": flag.get_type_display()}
        yield Entry(
            at=flag.raised_at,
            key=f"risk-{flag.pk}",
            kind="risk",
            title=_("提出风险标识：%(type)s") % words,
            detail=flag.evidence,
            actor=str(flag.raised_by),
            tone="warning",
        )
        if flag.decided_at is not None:
            accepted = flag.state == FlagState.ACCEPTED
            title = _("采纳风险标识：%(type)s") if accepted else _("未采纳风险标识：%(type)s")
            yield Entry(
                at=flag.decided_at,
                key=f"risk-{flag.pk}-decided",
                kind="risk",
                title=title % words,
                detail=flag.decision,
                actor=str(flag.decided_by),
                tone="danger" if accepted else "neutral",
            )
        plan = getattr(flag, "disposition", None)
        if plan is not None and plan.ended_at is not None:
            yield Entry(
                at=plan.ended_at,
                key=f"disposition-{plan.pk}-ended",
                kind="risk",
                title=_("处置结束：%(kind)s") % {"kind": plan.get_kind_display()},
                detail=plan.result,
                actor=str(plan.ended_by),
                tone="success",
            )


@register
def steps_taken(case: Case, user: User) -> Iterator[Entry]:
    if not has(user, "care.view"):
        return
    found = DispositionStep.objects.filter(disposition__case=case, done_at__isnull=False).select_related("done_by")
    for step in found.order_by("-pk")[:MOST_ENTRIES]:
        if step.done_at is not None:
            yield Entry(
                at=step.done_at,
                key=f"step-{step.pk}",
                kind="risk",
                title=_("处置步骤：%(what)s") % {"what": step.what},
                detail=step.result,
                actor=str(step.done_by),
                tone="info",
            )


@register
def numbers(case: Case, user: User) -> Iterable[Entry]:
    """What people learned and found out about the person's numbers, as the trail has it: masked."""
    events = AuditEvent.objects.filter(
        object_type="cases.debtor", object_id=str(case.loan.debtor_id), action__in=(ADDED, MARKED)
    )
    for event in events.order_by("-pk")[:MOST_ENTRIES]:
        masked = event.data.get("masked", "")
        if event.action == ADDED:
            title, tone = _("新增联系方式 %(masked)s") % {"masked": masked}, "info"
        else:
            status = ContactPoint.Status(event.data.get("to", ContactPoint.Status.UNVERIFIED))
            title = _("联系方式 %(masked)s：%(status)s") % {"masked": masked, "status": status.label}
            tone = "success" if status == ContactPoint.Status.VALID else "warning"
        yield Entry(
            at=event.at,
            key=f"point-{event.pk}",
            kind="point",
            title=title,
            detail=event.reason,
            actor=event.actor_name,
            tone=tone,
        )


@register
def files(case: Case, user: User) -> Iterator[Entry]:
    if not has(user, "files.view"):
        return
    found = Attachment.objects.filter(case=case).select_related("added_by").order_by("-pk")
    for file in found[:MOST_ENTRIES]:
        yield Entry(
            at=file.added_at,
            key=f"file-{file.pk}",
            kind="file",
            title=_("附件：%(name)s") % {"name": file.file_name},
            detail=file.note,
            actor=str(file.added_by),
        )
