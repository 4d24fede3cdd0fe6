"""What was looked into at an agency, and how it was judged. Nothing is edited; the newest counts (CN-A-02, CN-A-03)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.agencies.refusals import AgencyRefused
from vendors.agencies.register import locked
from vendors.models import Agency, AgencyCheck, AgencyEvaluation, CheckKind


def record_check(
    *,
    agency: Agency,
    kind: str,
    passed: bool,
    checked_on: date,
    found: str,
    actor: User,
    now: datetime,
    day: date,
    record_on: date | None = None,
) -> AgencyCheck:
    """`record_on`: the day of the newest record of unlawful collection that was found, which is a veto for years. Raises
    AgencyRefused."""
    if checked_on > day:
        raise AgencyRefused(_("核查日期不能晚于今天"), "checked_on")
    if not found.strip():
        raise AgencyRefused(_("请写明查了什么、结果如何"), "found")
    if record_on is not None:
        if kind != CheckKind.UNLAWFUL_RECORD:
            raise AgencyRefused(_("只有“违法违规催收记录”一项填写记录日期"), "record_on")
        if passed:
            raise AgencyRefused(_("有违法违规催收记录的不能登记为通过"), "passed")
        if record_on > checked_on:
            raise AgencyRefused(_("记录日期不能晚于核查日期"), "record_on")
    with transaction.atomic():
        row = AgencyCheck.objects.create(
            agency=locked(agency),
            kind=kind,
            passed=passed,
            checked_on=checked_on,
            record_on=record_on,
            found=found.strip()[:400],
            recorded_by=actor,
            recorded_at=now,
        )
        data = {
            "check": row.pk,
            "kind": kind,
            "passed": passed,
            "checked_on": checked_on.isoformat(),
            "record_on": record_on.isoformat() if record_on else None,
        }
        audit.record(action="agency.checked", actor=actor, obj=agency, data=data)
    return row


def record_evaluation(
    *,
    agency: Agency,
    kind: str,
    done_on: date,
    compliance: str,
    effect: str,
    security: str,
    result: str,
    actor: User,
    now: datetime,
    day: date,
) -> AgencyEvaluation:
    """Raises AgencyRefused: a part is missing, or the day is to come."""
    if done_on > day:
        raise AgencyRefused(_("评价日期不能晚于今天"), "done_on")
    parts = {"compliance": compliance.strip(), "effect": effect.strip(), "security": security.strip()}
    for field, text in parts.items():
        if not text:
            raise AgencyRefused(_("评价须包括合规性、任务质效和信息安全三项，请逐项填写"), field)
    with transaction.atomic():
        row = AgencyEvaluation.objects.create(
            agency=locked(agency),
            kind=kind,
            done_on=done_on,
            result=result,
            recorded_by=actor,
            recorded_at=now,
            **parts,
        )
        data = {"evaluation": row.pk, "kind": kind, "done_on": done_on.isoformat(), "result": result}
        audit.record(action="agency.evaluated", actor=actor, obj=agency, data=data)
    return row
