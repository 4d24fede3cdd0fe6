"""Decide: the scorecards of a month, all agencies together, from what was gathered. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from vendors.contracts.targets import JudgedTarget
from vendors.contracts.targets import judge as judge_targets
from vendors.scorecard.facts import AgencyFacts, MonthFacts
from vendors.scorecard.funnel import Standing, standings
from vendors.scorecard.judging import Card, judge, measured, with_changes
from vendors.scorecard.shares import Claim, shares


@dataclass(frozen=True)
class Scored:
    """An agency's scorecard; shares in per cent, two places."""

    facts: AgencyFacts
    standing: Standing
    card: Card
    share_now: Decimal
    share_proposed: Decimal
    targets: tuple[JudgedTarget, ...] = ()


def decide(facts: MonthFacts) -> list[Scored]:
    """A card for each agency, in their order."""
    found = standings(facts)
    cards = {one.agency: card_of(one, found[one.agency], facts) for one in facts.agencies}
    claims = [
        Claim(
            one.agency, one.held, cards[one.agency].score,
            told_apart=found[one.agency].why is None and cards[one.agency].is_judged,
            may_receive=one.may_receive and not cards[one.agency].vetoed,
        )
        for one in facts.agencies
    ]  # fmt: skip
    of = shares(claims, facts.limits.share_change_most)
    return [
        Scored(
            one, found[one.agency], cards[one.agency], *of[one.agency],
            targets=judge_targets(one.promised.targets, one.for_targets()) if one.promised else (),
        )
        for one in facts.agencies
    ]  # fmt: skip


def card_of(agency: AgencyFacts, standing: Standing, facts: MonthFacts) -> Card:
    """Points, grade and what would change them. A critical breach of the month is a veto where the setting says so."""
    vetoed = facts.limits.veto_on_critical and agency.critical > 0
    return with_changes(judge(measured(agency, standing), facts.scheme, vetoed=vetoed), facts.scheme)
