"""What the page of one complaint shows. A constant number of queries, whatever has been done about it."""

from dataclasses import dataclass, field
from datetime import date

from django.http import Http404
from django.utils.translation import gettext as _

from cases.models import Case
from cases.names import agency_names, shown_name, shown_names
from collection_ops.core.access import Scope, has, scope
from collection_ops.core.masking import mask_name, mask_phone
from collection_ops.core.models import User
from compliance.complaints.conflicts import DECIDE, HANDLE, refuse_conflict
from compliance.complaints.handling import EXTEND_SPECIAL
from compliance.complaints.one_texts import TONES, step_detail, step_label
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import (
    Complaint,
    ComplaintRound,
    ComplaintState,
    ComplaintStep,
    ComplaintSubject,
    ComplaintType,
    Complexity,
    FollowUp,
    Freeze,
    Incident,
    Referral,
    ReplyLetter,
    StaffTask,
)
from compliance.routing.selectors import referrals_of

ASSIGN = "complaints.assign"
STATE_TONES = {"received": "warning", "handling": "info", "decided": "info", "closed": "success", "joined": "neutral"}
SEVERITY_TONES = {1: "neutral", 2: "warning", 3: "danger"}
LARGEST = 2**63


@dataclass(frozen=True)
class Subject:
    row: ComplaintSubject
    name: str
    finding: str
    tone: str


@dataclass(frozen=True)
class StepLine:
    row: ComplaintStep
    label: str
    detail: str
    tone: str


@dataclass(frozen=True)
class LoanLine:
    contract_no: str
    product: str
    case_id: int | None


@dataclass
class OnePage:
    """Everything that the template shows of a complaint; `may` holds what this person may do with it now."""

    complaint: Complaint
    today: date
    customer: str
    complainant: str
    phone: str
    clock: str
    days: str
    days_tone: str
    state_tone: str
    severity_tone: str
    conflict: str
    subjects: list[Subject]
    steps: list[StepLine]
    rounds: list[ComplaintRound]
    loans: list[LoanLine]
    joined: list[Complaint]
    letters: list[ReplyLetter]
    follow_up: FollowUp | None
    tasks: list[StaffTask]
    freeze: Freeze | None
    incident: Incident | None
    referrals: list[Referral]
    may: dict[str, bool] = field(default_factory=dict)

    @property
    def follow_up_due(self) -> bool:
        """Whether the day of the follow-up has come."""
        return self.follow_up is not None and self.follow_up.due_on <= self.today

    @property
    def letter_sent(self) -> ReplyLetter | None:
        """The last that was sent in the present round."""
        sent = [one for one in self.letters if one.round == self.complaint.round and one.sent_on is not None]
        return sent[-1] if sent else None


def find_complaint(user: User, complaint_id: int, capability: str = "complaints.view") -> Complaint:
    """In the user's scope, with what the page names. Raises Http404."""
    found = (
        Complaint.objects.for_user(user, capability)
        .select_related(
            "debtor", "case__loan__debtor", "case__loan__source", "handler", "decided_by", "recorded_by", "joined_to"
        )
        .filter(pk=complaint_id)
        .first()
        if complaint_id < LARGEST
        else None
    )
    if found is None:
        raise Http404
    return found


def gather_page(user: User, complaint: Complaint, today: date) -> OnePage:
    subjects = list(complaint.subjects.select_related("user").order_by("pk"))
    rounds = list(complaint.rounds.select_related("extended_by").order_by("number"))
    conflict = conflict_of(subjects, user)
    follow_up = complaint.follow_ups.filter(round=complaint.round, done_at__isnull=True).first()
    page = OnePage(
        complaint=complaint,
        today=today,
        customer=customer_name(user, complaint),
        complainant=complainant_name(user, complaint),
        phone=mask_phone(complaint.complainant_phone) if complaint.complainant_phone else "",
        clock=clock_sentence(complaint, rounds),
        days=days_sentence(complaint, today),
        days_tone=days_tone(complaint, today),
        state_tone=STATE_TONES[complaint.state],
        severity_tone=SEVERITY_TONES[complaint.severity],
        conflict=conflict,
        subjects=named(subjects),
        steps=[
            StepLine(row, step_label(row), step_detail(row), TONES.get(row.kind, "neutral"))
            for row in complaint.steps.select_related("actor").order_by("at", "pk")
        ],
        rounds=rounds,
        loans=_loans(user, complaint),
        joined=list(complaint.joined.order_by("pk")),
        letters=list(complaint.letters.select_related("written_by", "template").order_by("pk")),
        follow_up=follow_up if complaint.state == ComplaintState.CLOSED else None,
        tasks=list(complaint.staff_tasks.select_related("user").order_by("pk")),
        freeze=complaint.freezes.filter(released_at__isnull=True).select_related("frozen_by").first(),
        incident=Incident.objects.for_user(user).filter(complaint=complaint).first(),
        referrals=referrals_of(complaint, user),
    )
    page.may = what_may(user, complaint, conflict=bool(conflict))
    return page


def what_may(user: User, complaint: Complaint, *, conflict: bool) -> dict[str, bool]:
    """What this person may do with it in its present state; the services ask again."""
    if conflict:
        return {}
    state, is_open = complaint.state, complaint.is_open
    handles, decides = has(user, HANDLE), has(user, DECIDE)
    can_wait = is_open and complaint.type != ComplaintType.CREDIT_REPORT
    return {
        "assign": is_open and has(user, ASSIGN),
        "note": handles and state != ComplaintState.JOINED,
        "correct": handles and is_open,
        "extend": can_wait and handles and complaint.complexity == Complexity.NORMAL,
        "extend_special": can_wait and complaint.complexity == Complexity.COMPLEX and has(user, EXTEND_SPECIAL),
        "decide": decides and state in (ComplaintState.HANDLING, ComplaintState.DECIDED),
        "letter": handles and state == ComplaintState.DECIDED,
        "close": decides and state == ComplaintState.DECIDED,
        "follow_up": handles and state == ComplaintState.CLOSED,
        "reopen": handles and state == ComplaintState.CLOSED,
        "blast": handles and complaint.debtor_id is not None,
        "pair": handles and complaint.case_id is not None and complaint.outcome in ("upheld", "partly"),
        "read_letters": handles,
        "incident": state != ComplaintState.JOINED and has(user, "incidents.write"),
    }


def conflict_of(subjects: list[ComplaintSubject], user: User) -> str:
    """Why this person may not act on it, or nothing (CN-C-02)."""
    try:
        refuse_conflict([one.user for one in subjects if one.user is not None], user, field="")
    except ComplaintRefused as refused:
        return str(refused)
    return ""


def named(subjects: list[ComplaintSubject]) -> list[Subject]:
    """With names for people; one query where an agency is among them."""
    codes = {one.org for one in subjects if one.org}
    agencies = agency_names(codes)
    found = {True: (_("负有责任"), "danger"), False: (_("无责任"), "success"), None: (_("尚未认定"), "neutral")}
    return [
        Subject(
            one,
            str(one.user) if one.user is not None else agencies.get(one.org, one.org) or one.get_about_display(),
            *found[one.responsible],
        )
        for one in subjects
    ]


def clock_sentence(complaint: Complaint, rounds: list[ComplaintRound]) -> str:
    """Of the present round: «收到 2026-03-02, 15 天, 最后一天 2026-03-17»."""
    current = rounds[-1] if rounds else None
    begun = current.started_on if current is not None else complaint.received_on
    said = {"start": begun.isoformat(), "days": (complaint.due_on - begun).days, "due": complaint.due_on.isoformat()}
    if current is not None and current.number > 1:
        return _("重新受理 %(start)s，%(days)s 天，最后一天 %(due)s") % said
    return _("收到 %(start)s，%(days)s 天，最后一天 %(due)s") % said


def days_sentence(complaint: Complaint, today: date) -> str:
    if not complaint.is_open:
        return ""
    left = complaint.days_left(today)
    if left < 0:
        return _("已超期 %(days)s 天") % {"days": -left}
    return _("今天到期") if left == 0 else _("还剩 %(days)s 天") % {"days": left}


def days_tone(complaint: Complaint, today: date) -> str:
    left = complaint.days_left(today)
    return "danger" if left <= 0 else "warning" if left <= 3 else "neutral"


def customer_name(user: User, complaint: Complaint) -> str:
    """As this person may read it; empty while nobody knows whose complaint it is."""
    if complaint.debtor is None:
        return ""
    if complaint.case is not None:
        return shown_names(user, [complaint.case])[complaint.case.pk]
    return shown_name(complaint.debtor.name, full=scope(user, "names.see") == Scope.ALL)


def complainant_name(user: User, complaint: Complaint) -> str:
    """The debtor's own as names of debtors are; third persons' stay masked for everybody, as everywhere."""
    if complaint.complainant == "self" and complaint.debtor is not None:
        return customer_name(user, complaint)
    return mask_name(complaint.complainant_name)


def _loans(user: User, complaint: Complaint) -> list[LoanLine]:
    """Contracts, with a link to the newest case where this person may open it."""
    loans = list(complaint.loans.order_by("contract_no"))
    if not loans:
        return []
    cases: dict[int, int] = {}
    if has(user, "cases.view"):
        seen = Case.objects.for_user(user, "cases.view").filter(loan__in=loans).order_by("opened_on", "pk")
        cases = dict(seen.values_list("loan_id", "pk"))
    return [LoanLine(loan.contract_no, loan.product, cases.get(loan.pk)) for loan in loans]
