"""The written report: drafted from the facts, read by another person, sent, and never changed after that.

write → (edit) → approve → send
"""

import difflib
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.incidents.draft import Facts, Measure, draft
from compliance.incidents.refusals import IncidentRefused
from compliance.incidents.register import MOST_WORDS, WRITE, reporters, step
from compliance.models import (
    Incident,
    IncidentRecipient,
    IncidentReport,
    IncidentSending,
    ReportKind,
    ReportState,
)

MEASURES = ("measure", "leak_notice")


def write(*, incident: Incident, kind: ReportKind | str, actor: User, now: datetime) -> IncidentReport:
    """A draft from the facts as they stand. Raises IncidentRefused: closed, another one not sent yet, the first twice, or
    anything before the first."""
    wanted = ReportKind(kind)
    with transaction.atomic():
        row = _incident(incident)
        earlier = list(row.reports.order_by("version"))
        if any(one.state != ReportState.SENT for one in earlier):
            raise IncidentRefused(_("还有一份报告没有报送，请先完成那一份"))
        if (wanted == ReportKind.FIRST) == bool(earlier):
            raise IncidentRefused(_("已有首报，请写续报或终报") if earlier else _("请先写首报"))
        if any(one.kind == ReportKind.FINAL for one in earlier):
            raise IncidentRefused(_("终报已报送，不再有新的报告"))
        version = (row.reports.aggregate(last=Max("version"))["last"] or 0) + 1
        since = earlier[-1].sent_at if earlier else None
        try:
            with transaction.atomic():
                made = IncidentReport.objects.create(
                    incident=row,
                    version=version,
                    kind=wanted,
                    body=draft(facts_of(row, kind=wanted, version=version, since=since)),
                    author=actor,
                    written_at=now,
                )
        except IntegrityError as faster:
            raise IncidentRefused(_("刚有人新建了一份报告，请刷新后再试")) from faster
        step(row, "written", actor=actor, now=now, data={"version": version, "kind": str(wanted)})
        audit.record(action="incident.report_written", actor=actor, obj=made, data={"version": version})
    return made


def facts_of(row: Incident, *, kind: str, version: int, since: datetime | None) -> Facts:
    """What the draft says, with labels in Chinese whatever the reader's language."""
    with translation.override(settings.LANGUAGE_CODE):
        related = []
        if row.complaint is not None:
            complaint = row.complaint
            related.append(
                f"投诉 {complaint.number}（{complaint.get_type_display()}，{complaint.get_state_display()}）"
            )
        if row.breach_case is not None:
            breach = row.breach_case
            related.append(f"违规登记 {breach.number}（{breach.kind}，{breach.get_state_display()}）")
        if row.hold is not None:
            related.append(f"停催（{row.hold.get_type_display()}）")
        return Facts(
            lender=str(settings.LENDER_NAME),
            number=row.number,
            kind=kind,
            version=version,
            type=str(row.get_type_display()),
            known_at=row.known_at,
            happened_at=row.happened_at,
            place=row.place,
            what=row.what,
            people_hurt=row.people_hurt,
            customers=row.customers,
            orgs=row.orgs,
            people=row.users.count(),
            owner=str(row.owner),
            measures=[Measure(one.at, one.words) for one in row.steps.filter(kind__in=MEASURES).order_by("at", "pk")],
            related=related,
            since=since,
        )


def edit(*, report: IncidentReport, body: str, actor: User, now: datetime, ask: bool = False) -> IncidentReport:
    """Another text, by whoever wrote it or another one who reports: they are the author then, and an approval is void.
    `ask`: whoever may approve it hears that it waits. Raises IncidentRefused: sent already, nothing said."""
    if not body.strip():
        raise IncidentRefused(_("报告正文不能为空"), "body")
    if len(body) > MOST_WORDS:
        raise IncidentRefused(_("正文不能超过 %(most)s 字") % {"most": f"{MOST_WORDS:,}"}, "body")
    with transaction.atomic():
        locked = _locked(report, ReportState.DRAFT, ReportState.APPROVED)
        locked.body, locked.author, locked.written_at = _clean(body), actor, now
        locked.state, locked.approved_by, locked.approved_at = ReportState.DRAFT, None, None
        locked.save()
        step(locked.incident, "edited", actor=actor, now=now, data={"version": locked.version})
        audit.record(action="incident.report_edited", actor=actor, obj=locked, data={"version": locked.version})
        if ask:
            others = [one for one in reporters(locked.incident) if one.pk != actor.pk]
            _tell(locked, others, "incident.report_waits", "warning")
    return locked


def approve(*, report: IncidentReport, body_seen: str, actor: User, now: datetime) -> IncidentReport:
    """Another person than the author has read it: `body_seen` is the text that they had before them. Raises IncidentRefused:
    one's own, without the authority, approved already, or the text has changed since."""
    if not has(actor, WRITE):
        raise IncidentRefused(_("您没有审定报告的权限"))
    with transaction.atomic():
        locked = _locked(report, ReportState.DRAFT)
        if locked.author_id == actor.pk:
            raise IncidentRefused(_("起草人不能审定自己的报告，请由另一人审定"))
        if _clean(body_seen) != _clean(locked.body):
            raise IncidentRefused(_("正文刚被修改，请重新阅读后再审定"))
        locked.state, locked.approved_by, locked.approved_at = ReportState.APPROVED, actor, now
        locked.save(update_fields=["state", "approved_by", "approved_at"])
        step(locked.incident, "approved", actor=actor, now=now, data={"version": locked.version})
        audit.record(action="incident.report_approved", actor=actor, obj=locked, data={"version": locked.version})
        if locked.author.pk != actor.pk:
            _tell(locked, [locked.author], "incident.report_approved", "info")
    return locked


def send(
    *,
    report: IncidentReport,
    recipients: Collection[IncidentRecipient],
    sent_at: datetime,
    how: str,
    actor: User,
    now: datetime,
) -> IncidentReport:
    """It has left for `recipients` at `sent_at`: the first time makes the version final and, of a first report, stops the
    clock; later ones add recipients. Raises IncidentRefused: not approved, nobody, not by which way, a moment to come or
    before the approval, a recipient that is switched off or has it already."""
    chosen = {one.pk: one for one in recipients}
    if not chosen:
        raise IncidentRefused(_("请选择报送对象"), "recipients")
    if not how.strip():
        raise IncidentRefused(_("请写明报送方式或回执编号"), "how")
    if any(not one.is_active for one in chosen.values()):
        raise IncidentRefused(_("所选报送对象已停用"), "recipients")
    if sent_at > now:
        raise IncidentRefused(_("报送时间不能晚于现在"), "sent_at")
    with transaction.atomic():
        row = Incident.objects.select_for_update(of=("self",), no_key=True).get(pk=report.incident_id)
        locked = _locked(report, ReportState.APPROVED, ReportState.SENT)
        if locked.approved_at is None or sent_at < locked.approved_at.replace(second=0, microsecond=0):
            raise IncidentRefused(_("报送时间不能早于审定时间"), "sent_at")
        if locked.sendings.filter(recipient__in=chosen).exists():
            raise IncidentRefused(_("所选对象中有已报送过这一版的，请去掉后再试"), "recipients")
        if locked.state == ReportState.APPROVED:
            locked.state, locked.sent_at = ReportState.SENT, sent_at
            locked.save(update_fields=["state", "sent_at"])
            if locked.kind == ReportKind.FIRST:
                row.first_sent_at = sent_at
                row.save(update_fields=["first_sent_at"])
        IncidentSending.objects.bulk_create(
            IncidentSending(
                report=locked, recipient_id=pk, sent_at=sent_at, how=how.strip()[:200], sent_by=actor, recorded_at=now
            )
            for pk in chosen
        )
        data = {"version": locked.version, "recipients": sorted(chosen), "in_time": sent_at <= row.due_at}
        names = "、".join(one.name for one in chosen.values())
        step(row, "sent", actor=actor, now=now, words=f"{names}：{how.strip()}", data=data)
        audit.record(action="incident.report_sent", actor=actor, obj=locked, data=data)
    return locked


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Lines of both texts with «+», «-» or nothing: what is new, what is gone, what is the same."""
    marks = {"+ ": "+", "- ": "-", "  ": ""}
    return [
        (marks[one[:2]], one[2:]) for one in difflib.ndiff(before.splitlines(), after.splitlines()) if one[:2] in marks
    ]


def _clean(body: str) -> str:
    """As browsers send text and as we keep it: one kind of line end, nothing after it."""
    return "\n".join(line.rstrip() for line in body.strip().splitlines())


def _incident(incident: Incident) -> Incident:
    row = Incident.objects.select_for_update(of=("self",), no_key=True).get(pk=incident.pk)
    if row.closed_at is not None:
        raise IncidentRefused(_("这件重大风险事项已办结"))
    return row


def _locked(report: IncidentReport, *states: ReportState) -> IncidentReport:
    locked = IncidentReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if locked.state not in states:
        raise IncidentRefused(_("这份报告已是“%(state)s”，请刷新后再试") % {"state": locked.get_state_display()})
    return locked


def _tell(report: IncidentReport, people: Collection[User], kind: str, level: str) -> None:
    notify(
        users=people,
        kind=kind,
        params={"number": report.incident.number, "version": report.version},
        url=reverse("compliance:report", args=[report.incident_id, report.version]),
        level=level,
    )
