"""Putting right what a complaint is about: its type, whom it is about, whose it is. What it stops follows at once."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, DeskKind, Loan
from cases.models.desk import Desk
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.complaints.clock import due_on
from compliance.complaints.conflicts import accused_of, refuse_conflict
from compliance.complaints.pausing import pause
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused, step
from compliance.models import (
    OPEN_STATES,
    About,
    Complaint,
    ComplaintCategory,
    ComplaintSubject,
    ComplaintType,
    Severity,
)


def classify(
    *,
    complaint: Complaint,
    type: ComplaintType | str,
    category: ComplaintCategory | str,
    severity: Severity | int,
    seen: str,
    actor: User,
    now: datetime,
) -> Complaint:
    """Another type, category or severity. A credit-report dispute has days of its own: the clock of the round goes from its
    beginning by the new type. `seen`: `as_classified` of what the actor saw. Raises ComplaintRefused: nothing different, not
    open, changed by a colleague meanwhile, an interest in it."""
    with transaction.atomic():
        locked = open_and_mine(complaint, actor)
        if as_classified(locked) != seen:
            raise ComplaintRefused(_("同事刚更改过类型、分类或严重程度，请重新打开本页核对"), "type")
        before = {"type": locked.type, "category": locked.category, "severity": locked.severity}
        after = {"type": str(type), "category": str(category), "severity": int(severity)}
        changed = {name: after[name] for name in after if after[name] != before[name]}
        if not changed:
            raise ComplaintRefused(_("没有改动"), "type")
        locked.type, locked.category, locked.severity = str(type), str(category), int(severity)
        if "type" in changed:
            _reckon_anew(locked)
        locked.save(update_fields=["type", "category", "severity", "due_on"])
        told = {**changed, **{f"was_{name}": before[name] for name in changed}, "due": locked.due_on.isoformat()}
        step(locked, "classified", actor=actor, now=now, data=told)
        audit.record(action="complaint.corrected", actor=actor, obj=locked, data=told)
    return locked


def as_classified(complaint: Complaint) -> str:
    return f"{complaint.type}/{complaint.category}/{complaint.severity}"


def add_accused(*, complaint: Complaint, accused: Accused, actor: User, now: datetime) -> Complaint:
    """Somebody (or a matter) more that it is about: they are stopped from contacting the debtor at once. Raises
    ComplaintRefused: on the list already, a person or an agency that is not named, not open, an interest in it. A handler
    who is accused now does not keep it."""
    if accused.about == About.AGENCY and not Desk.objects.filter(kind=DeskKind.AGENCY, code=accused.org).exists():
        raise ComplaintRefused(_("请选择被投诉的机构"), "org")
    if accused.about == About.COLLECTOR and accused.user is None:
        raise ComplaintRefused(_("请选择被投诉的人员"), "user")
    with transaction.atomic():
        locked = open_and_mine(complaint, actor)
        if locked.handler is not None and accused.user is not None:
            try:
                refuse_conflict([accused.user], locked.handler)
            except ComplaintRefused as conflict:
                raise ComplaintRefused(
                    _("现经办人 %(name)s 与其有利害关系，请先改派经办人") % {"name": locked.handler}, "user"
                ) from conflict
        _row, is_new = ComplaintSubject.objects.get_or_create(
            complaint=locked, about=accused.about, user=accused.user, org=accused.org
        )
        if not is_new:
            raise ComplaintRefused(_("已在被投诉方之列"), "about")
        pause(locked, now=now)
        told = {"about": str(accused.about), "user": accused.user.pk if accused.user else None, "org": accused.org}
        step(locked, "accused", actor=actor, now=now, data={**told, "name": str(accused.user or accused.org)})
        audit.record(action="complaint.corrected", actor=actor, obj=locked, data=told)
    return locked


def identify(*, complaint: Complaint, contract_no: str, actor: User, now: datetime) -> Complaint:
    """Say whose it is, by a contract number: until now nobody knew. Its customer, the contract and its latest case are
    linked, and whom it is about is stopped. Raises ComplaintRefused: known already, no such contract in the actor's scope,
    more than one (sources number alike)."""
    wanted = contract_no.strip()
    if not wanted:
        raise ComplaintRefused(_("请填写合同编号"), "contract_no")
    found = list(
        Case.objects.for_user(actor, "cases.view")
        .filter(loan__contract_no=wanted)
        .select_related("loan__debtor")
        .order_by("loan_id", "-opened_on", "-pk")[:20]
    )
    if not found:
        raise ComplaintRefused(_("没有找到这个合同编号的案件"), "contract_no")
    if len({case.loan.debtor_id for case in found}) > 1:
        raise ComplaintRefused(
            _("不同来源有相同的合同编号，请先在案件列表中核对客户，再用其另一份合同编号"), "contract_no"
        )
    with transaction.atomic():
        locked = open_and_mine(complaint, actor)
        if locked.debtor_id is not None:
            raise ComplaintRefused(_("这件投诉已关联客户"), "contract_no")
        locked.debtor, locked.case = found[0].loan.debtor, found[0]
        locked.save(update_fields=["debtor", "case"])
        locked.loans.add(*{case.loan_id for case in found})
        pause(locked, now=now)
        step(locked, "identified", actor=actor, now=now, data={"debtor": locked.debtor_id, "case": found[0].pk})
        audit.record(
            action="complaint.identified",
            actor=actor,
            obj=locked,
            data={"debtor": locked.debtor_id, "case": found[0].pk},
        )
    return locked


def choose_loans(*, complaint: Complaint, loans: list[Loan], actor: User, now: datetime) -> Complaint:
    """Which contracts of the customer it is about. Raises ComplaintRefused: of somebody else, nothing different."""
    with transaction.atomic():
        locked = open_and_mine(complaint, actor)
        if any(loan.debtor_id != locked.debtor_id for loan in loans):
            raise ComplaintRefused(_("所选合同不属于这个客户"), "loans")
        before = set(locked.loans.values_list("pk", flat=True))
        after = {loan.pk for loan in loans}
        if before == after:
            raise ComplaintRefused(_("没有改动"), "loans")
        locked.loans.set(loans)
        told = {"added": sorted(after - before), "removed": sorted(before - after)}
        step(locked, "contracts", actor=actor, now=now, data={"count": len(after), **told})
        audit.record(action="complaint.corrected", actor=actor, obj=locked, data=told)
    return locked


def open_and_mine(complaint: Complaint, actor: User) -> Complaint:
    """The row, locked until the transaction ends. Raises ComplaintRefused: not open any more, an interest in it."""
    locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    if locked.state not in OPEN_STATES:
        raise ComplaintRefused(
            _("投诉 %(number)s 现为“%(state)s”，不能这样处理；可能已被同事处理，请刷新")
            % {"number": locked.number, "state": locked.get_state_display()}
        )
    refuse_conflict(accused_of(locked), actor, field="")
    return locked


def _reckon_anew(complaint: Complaint) -> date:
    current = complaint.rounds.select_for_update().get(closed_at__isnull=True)
    due = due_on(current.started_on, type=complaint.type, complexity=complaint.complexity)
    current.due_on = complaint.due_on = due
    current.save(update_fields=["due_on"])
    return due
