"""What pages ask about contacts: how the gate stands for a case, and what of the log is still to be told."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from cases.models import Case, ContactPoint, Hold
from collection_ops.core.models import User
from compliance.facts import DEBTOR, gather
from compliance.gate import rules_in_force
from compliance.models import AttemptState, ContactAttempt
from compliance.rules.counters import Limit, used_of
from compliance.rules.engine import decide
from compliance.rules.facts import Action, Purpose
from compliance.rules.packs import Rule
from compliance.rules.verdict import Verdict


@dataclass(frozen=True)
class PointStanding:
    """A number and what the gate would say of a call to it now. Only a look: nothing is kept, and the gate itself is asked
    again when somebody calls."""

    point: ContactPoint
    is_third: bool
    verdict: Verdict


@dataclass(frozen=True)
class Used:
    """How much of a limit on calls to the debtor is used up today."""

    rule: Rule
    used: int
    most: int


@dataclass(frozen=True)
class Standing:
    points: list[PointStanding]
    used: list[Used]
    holds: list[Hold]


def standing_of(*, case: Case, actor: User, now: datetime) -> Standing:
    """How the gate stands for calls about `case`: number by number, the debtor's own first. Four queries, whatever the size
    of the log."""
    debtor_id = case.loan.debtor_id
    known = gather(debtor_id=debtor_id, now=now)
    rules = rules_in_force()
    phones = ContactPoint.objects.filter(debtor_id=debtor_id, kind=ContactPoint.Kind.PHONE).order_by("relation", "pk")
    usual = Action(loans=(str(case.loan_id),), actor=str(actor.pk))
    points = []
    for point in phones:
        party = known.party(point)
        purpose: Purpose = "demand" if party == DEBTOR else "relay"
        action = replace(usual, party=party, point=str(point.pk), purpose=purpose)
        points.append(PointStanding(point, party != DEBTOR, decide(replace(known.facts, action=action), rules)))
    facts = replace(known.facts, action=usual)
    used = [
        Used(rule, used_of(facts, rule.params), rule.params.most)
        for rule in rules
        if isinstance(rule.params, Limit) and rule.params.most is not None and rule.in_force(facts.today)
        if rule.params.per == "debtor" and "call" in rule.params.channels
    ]
    in_force = Hold.objects.filter(debtor_id=debtor_id, since__lte=now).exclude(ends_at__lte=now).order_by("since")
    return Standing(points, used, list(in_force))


def open_attempts(actor: User) -> "QuerySet[ContactAttempt]":
    """What this person has yet to tell about, oldest first."""
    return ContactAttempt.objects.filter(actor=actor, state=AttemptState.OPEN).order_by("opened_at")
