"""Reads about what protects and describes a person: holds, risk flags, dispositions, files. All start from the cases that
somebody may see."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cases.hold_rules import DISPUTE_DAYS, WITH_PROOF
from cases.models import (
    Attachment,
    Case,
    Disposition,
    DispositionStep,
    FlagState,
    Hold,
    HoldType,
    RiskFlag,
)
from cases.names import shown_names
from cases.selectors import with_relations
from cases.services.holds import HoldRefused, last_day_of, refuse_lifting
from collection_ops.core import clock
from collection_ops.core.access import Scope, matrix
from collection_ops.core.models import User

VIEW, REVIEW = "care.view", "holds.review"
ENDING_SOON = timedelta(days=7)
LARGEST_ID = 2**63 - 1


# Holds ---------------------------------------------------------------------------------------------------------------


def holds_of(case: Case) -> "QuerySet[Hold]":
    """All of the person, whichever contract they came with; newest first."""
    found = Hold.objects.filter(debtor_id=case.loan.debtor_id).select_related("placed_by", "lifted_by", "loan")
    return found.order_by("-since", "-pk")


def holds_in_force(case: Case, now: datetime) -> "QuerySet[Hold]":
    return Hold.objects.in_force(now).filter(debtor_id=case.loan.debtor_id).select_related("loan").order_by("since")


def holds_seen_by(user: User, capability: str) -> "QuerySet[Hold]":
    """Holds of persons who have a case in the scope."""
    theirs = Case.objects.for_user(user, capability).filter(loan__debtor_id=OuterRef("debtor_id"))
    return Hold.objects.filter(Exists(theirs))


def find_hold(user: User, hold_id: int) -> tuple[Hold, Case] | None:
    """A hold and a case of the person in the reader's scope, an open one rather than a closed one."""
    found = Hold.objects.select_related("debtor", "placed_by", "lifted_by", "loan")
    hold = found.filter(pk=min(hold_id, LARGEST_ID)).first()
    if hold is None:
        return None
    case = _one_case_each(user, VIEW, {hold.debtor_id}).get(hold.debtor_id)
    return (hold, case) if case is not None else None


SHOWN = ("now", "ending", "unproven", "disputes", "past")


def listed_holds(user: User, *, shown: str, type: str, now: datetime) -> "QuerySet[Hold]":
    """The holds of the list page. `shown`: in force, ending within ENDING_SOON, without the proof they want, disputes that
    are checked for longer than DISPUTE_DAYS, or those that have ended."""
    holds = holds_seen_by(user, REVIEW).select_related("placed_by", "loan")
    if type in HoldType.values:
        holds = holds.filter(type=type)
    if shown == "past":
        return holds.filter(ends_at__lte=now)
    holds = holds.exclude(ends_at__lte=now)
    if shown == "ending":
        return holds.filter(ends_at__lte=now + ENDING_SOON)
    if shown == "unproven":
        return holds.filter(type__in=WITH_PROOF, proven=False)
    if shown == "disputes":
        days = DISPUTE_DAYS.on(clock.business_date(now))
        return holds.filter(type=HoldType.DISPUTE, since__lt=now - timedelta(days=days))
    return holds


@dataclass(frozen=True)
class HoldLine:
    """A hold as a list shows it, with a case that the reader may open and the name as they may read it."""

    hold: Hold
    case: Case | None
    name: str
    is_in_force: bool
    last_day: date | None


def hold_lines(holds: list[Hold], user: User, *, now: datetime) -> list[HoldLine]:
    """Two queries more, whatever the number of holds."""
    cases = _one_case_each(user, REVIEW, {hold.debtor_id for hold in holds})
    names = shown_names(user, cases.values())
    lines = []
    for hold in holds:
        case = cases.get(hold.debtor_id)
        name = names[case.pk] if case is not None else ""
        lines.append(HoldLine(hold, case, name, hold.is_in_force(now), last_day_of(hold)))
    return lines


def may_lift(hold: Hold, user: User) -> str:
    """Empty where the person may lift or renew it, else the sentence that says why not."""
    try:
        refuse_lifting(hold, user)
    except HoldRefused as refused:
        return str(refused)
    return ""


def _one_case_each(user: User, capability: str, debtors: set[int]) -> dict[int, Case]:
    """Debtor → one case in the scope: an open one, the newest."""
    cases = with_relations(Case.objects.for_user(user, capability).filter(loan__debtor_id__in=debtors))
    found: dict[int, Case] = {}
    for case in cases.order_by("-pk"):
        kept = found.get(case.loan.debtor_id)
        if kept is None or (case.is_open and not kept.is_open):
            found[case.loan.debtor_id] = case
    return found


# Risk flags and dispositions -----------------------------------------------------------------------------------------


def flags_of(case: Case) -> "QuerySet[RiskFlag]":
    return RiskFlag.objects.filter(case=case).select_related("raised_by", "decided_by", "disposition").order_by("-pk")


def _of_cases(user: User) -> "QuerySet[Case]":
    cases: QuerySet[Case] = Case.objects.for_user(user, VIEW)
    return cases


_WITH_CASE = ("case__loan__debtor", "case__loan__source", "case__desk")


def risks_to_decide(user: User) -> "QuerySet[RiskFlag]":
    """Flags that wait for this person: in their scope, and raised by somebody else."""
    waiting = RiskFlag.objects.filter(state=FlagState.OPEN, case__in=Case.objects.for_user(user, "risks.decide"))
    return waiting.exclude(raised_by=user).select_related("raised_by", *_WITH_CASE)


def risks_waiting(user: User) -> "QuerySet[RiskFlag]":
    """All that wait for somebody, of the cases that this person sees."""
    waiting = RiskFlag.objects.filter(state=FlagState.OPEN, case__in=_of_cases(user))
    return waiting.select_related("raised_by", *_WITH_CASE)


def dispositions_open(user: User) -> "QuerySet[Disposition]":
    """Plans under way, with how many steps are left."""
    found = Disposition.objects.filter(ended_at__isnull=True, case__in=_of_cases(user))
    return found.select_related("flag", *_WITH_CASE).annotate(
        steps_left=Count("steps", filter=Q(steps__done_at__isnull=True))
    )


def dispositions_of(case: Case) -> list[tuple[Disposition, int]]:
    """The plans of a case that are under way, each with how many steps are left."""
    found = Disposition.objects.filter(case=case, ended_at__isnull=True).select_related("flag").order_by("pk")
    counted = found.annotate(steps_left=Count("steps", filter=Q(steps__done_at__isnull=True)))
    return [(plan, plan.steps_left) for plan in counted]


def my_steps(user: User) -> "QuerySet[DispositionStep]":
    """What this person has to do, of cases that they (still) see."""
    mine = DispositionStep.objects.filter(owner=user, done_at__isnull=True, disposition__ended_at__isnull=True)
    mine = mine.filter(disposition__case__in=_of_cases(user))
    return mine.select_related("disposition", *(f"disposition__{name}" for name in _WITH_CASE))


def find_flag(user: User, flag_id: int) -> RiskFlag | None:
    flags = RiskFlag.objects.filter(case__in=_of_cases(user), pk=min(flag_id, LARGEST_ID))
    return flags.select_related("raised_by", "decided_by", "disposition", *_WITH_CASE).first()


def find_disposition(user: User, disposition_id: int) -> Disposition | None:
    found = Disposition.objects.filter(case__in=_of_cases(user), pk=min(disposition_id, LARGEST_ID))
    return found.select_related("flag__raised_by", "flag__decided_by", "opened_by", "ended_by", *_WITH_CASE).first()


def find_step(user: User, step_id: int) -> DispositionStep | None:
    """A step of a plan that the person sees, whoever owns it."""
    found = DispositionStep.objects.filter(disposition__case__in=_of_cases(user), pk=min(step_id, LARGEST_ID))
    return found.select_related("disposition__case", "owner").first()


def owners_for(case: Case) -> "QuerySet[User]":
    """Who can be given a step of a plan: people who work on cases and have this one in their scope."""
    roles: dict[str, str] = matrix()["capabilities"]["risks.raise"]["roles"]
    everywhere = [role for role, scope in roles.items() if scope == Scope.ALL]
    of_team = [role for role, scope in roles.items() if scope == Scope.TEAM]
    desk = case.desk
    found = Q(role_grants__role__in=everywhere)
    if desk is not None:
        found |= Q(pk=desk.owner_id)
        if desk.unit:
            found |= Q(role_grants__role__in=of_team, unit=desk.unit)
    return User.objects.filter(found, is_active=True).distinct().order_by("display_name", "pk")


def steps_of(disposition: Disposition) -> "QuerySet[DispositionStep]":
    return disposition.steps.select_related("owner", "done_by").order_by("due_on", "pk")


# Files ---------------------------------------------------------------------------------------------------------------


def attachments_of(case: Case) -> "QuerySet[Attachment]":
    return Attachment.objects.filter(case=case).select_related("added_by").order_by("-pk")


def files_of(subject: str, subject_id: int, user: User) -> "QuerySet[Attachment]":
    """Files about one hold, flag or plan, of cases whose files the reader may see."""
    files = Attachment.objects.filter(subject=subject, subject_id=subject_id)
    return files.filter(case__in=Case.objects.for_user(user, "files.view")).select_related("added_by").order_by("-pk")


def find_attachment(user: User, attachment_id: int) -> Attachment | None:
    found = Attachment.objects.filter(pk=min(attachment_id, LARGEST_ID))
    found = found.filter(case__in=Case.objects.for_user(user, "files.view"))
    return found.filter(case__in=Case.objects.for_user(user)).select_related("case").first()
