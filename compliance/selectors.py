"""What pages ask about contacts: how the gate stands for a case, and what of the log is still to be told."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from cases.models import Case, ContactPoint, Hold
from collection_ops.core.models import User
from compliance.facts import gather
from compliance.models import AttemptState, ContactAttempt
from compliance.rulebook import rules_in_force
from compliance.rules.counters import Limit, used_of
from compliance.rules.engine import decide
from compliance.rules.facts import Action
from compliance.rules.packs import Rule
from compliance.rules.verdict import Verdict
from compliance.selectors_calls import OVER_AT
from compliance.services.log import NOTE_WITHIN
from compliance.wish_texts import wishes_in_words


@dataclass(frozen=True)
class PointStanding:
    """A number and what the gate would say of a call to it now. Only a look: nothing is kept, and the gate itself is asked
    again when somebody calls."""

    point: ContactPoint
    purpose: str
    verdict: Verdict

    @property
    def is_third(self) -> bool:
        return self.purpose != "demand"


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
    wishes: list[str]


def standing_of(*, case: Case, actor: User, now: datetime) -> Standing:
    """How the gate stands for calls about `case`: number by number, the debtor's own first. Four queries, whatever the size
    of the log."""
    debtor_id = case.loan.debtor_id
    known = gather(debtor_id=debtor_id, now=now, actor=actor)
    rules = rules_in_force(key=known.rulebook)
    phones = ContactPoint.objects.filter(debtor_id=debtor_id, kind=ContactPoint.Kind.PHONE).order_by("relation", "pk")
    usual = Action(loans=(str(case.loan_id),), amount=known.demanded(case.loan_id), actor=str(actor.pk))
    points = []
    for point in phones:
        party = known.party(point)
        action = replace(usual, party=party, point=str(point.pk), purpose=known.purpose(point))
        if action.purpose != "demand":
            action = replace(action, amount=None)
        points.append(PointStanding(point, action.purpose, decide(replace(known.facts, action=action), rules)))
    facts = replace(known.facts, action=usual)
    used = [
        Used(rule, used_of(facts, rule.params), rule.params.most)
        for rule in rules
        if rule.in_force(facts.today) and rule.at_work(now)
        if isinstance(rule.params, Limit) and rule.params.most is not None and not rule.params.actors
        if rule.params.per == "debtor" and "call" in rule.params.channels
    ]
    in_force = Hold.objects.in_force(now).filter(debtor_id=debtor_id).order_by("since")
    return Standing(points, used, list(in_force), list(wishes_in_words(facts)))


def open_attempts(actor: User) -> "QuerySet[ContactAttempt]":
    """What this person has yet to tell about, oldest first."""
    return ContactAttempt.objects.filter(actor=actor, state=AttemptState.OPEN).order_by("opened_at")


def attempts_to_tell(user: User, *, capability: str, now: datetime) -> "QuerySet[ContactAttempt]":
    """Contacts that this person has to tell about, or to see told: their own, and those about cases in their scope that are
    left for longer than NOTE_WITHIN after their end. Oldest first."""
    cases = Case.objects.for_user(user, capability)
    left = Q(case__in=cases, over__lt=now - NOTE_WITHIN)
    found = ContactAttempt.objects.annotate(over=OVER_AT).filter(Q(actor=user) | left, state=AttemptState.OPEN)
    return found.select_related("case__loan__debtor", "case__loan__source", "actor", "point").order_by(
        "opened_at", "pk"
    )
