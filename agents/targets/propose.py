"""How a company's target becomes everybody's: pure arithmetic.

Money goes by weight = expected money in hand × days there in the month × learning factor; numbers by days × factor. A team
has the sum of its people's weights. Rates and ceilings are the same for all: a team of people who keep 5 % keeps 5 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from agents.targets.metrics import Metric, Share
from agents.targets.spread import parts_of

ABSENT, NO_CASES, WHOLE = "absent", "no_cases", Decimal(1)


class ProposalRefused(Exception):
    """Nobody to give the target to; the sentence says why."""


@dataclass(frozen=True)
class Hand:
    """One person: yuan expected of the cases in hand, days there (halves), the factor of a starter."""

    user_id: int
    team_id: int
    expected: Decimal
    days: Decimal
    factor: Decimal = WHOLE


@dataclass(frozen=True)
class Proposal:
    """By team and by person; `notes`: why a person has nothing."""

    company: Decimal
    teams: dict[int, Decimal]
    people: dict[int, Decimal]
    notes: dict[int, str] = field(default_factory=dict)


def months_of_service(joined_on: date, month: date) -> int:
    """1 in the first month of work (somebody who joined after the 1st is in it until a whole month has passed before the
    month begins), then 2, 3, …"""
    whole = (month.year - joined_on.year) * 12 + month.month - joined_on.month - (joined_on.day > 1)
    return max(whole, 0) + 1


def learning_factor(joined_on: date, month: date, steps: Sequence[Decimal]) -> Decimal:
    """`steps`: the factors of the first months; afterwards 1."""
    number = months_of_service(joined_on, month)
    return steps[number - 1] if number <= len(steps) else WHOLE


def weight(share: Share, person: Hand) -> Decimal:
    there = person.days * person.factor
    return there * person.expected if share == Share.MONEY else there


def propose(metric: Metric, amount: Decimal, people: Sequence[Hand]) -> Proposal:
    """`people` in any order: the answer is the same. Raises ProposalRefused."""
    people = sorted(people, key=lambda one: (one.team_id, one.user_id))
    if not people:
        raise ProposalRefused(_("没有在组的催收员，无法分解目标。请先把人员编入小组"))
    teams = sorted({one.team_id for one in people})
    if metric.share == Share.SAME:
        notes = {one.user_id: ABSENT for one in people if not one.days}
        return Proposal(
            amount,
            dict.fromkeys(teams, amount),
            {one.user_id: Decimal(0) if one.user_id in notes else amount for one in people},
            notes,
        )
    weights = {one.user_id: weight(metric.share, one) for one in people}
    if not any(weights.values()):
        raise ProposalRefused(_("没有人当月出勤且手中有案件，无法分解目标。请先分案或检查休假"))
    members = {team: [one for one in people if one.team_id == team] for team in teams}
    team_weights = [sum((weights[one.user_id] for one in members[team]), Decimal(0)) for team in teams]
    by_team = dict(zip(teams, parts_of(amount, team_weights, metric.unit), strict=True))
    by_person: dict[int, Decimal] = {}
    for team, total in zip(teams, team_weights, strict=True):
        ids = [one.user_id for one in members[team]]
        # A team without weight has got nothing to hand down.
        parts = (
            parts_of(by_team[team], [weights[one] for one in ids], metric.unit) if total else [Decimal(0)] * len(ids)
        )
        by_person |= dict(zip(ids, parts, strict=True))
    notes = {
        one.user_id: ABSENT if not one.days else NO_CASES for one in people if not weights[one.user_id]
    }  # fmt: skip
    return Proposal(amount, by_team, by_person, notes)
