"""Apply: the scorecards of a month, all agencies in one transaction, since they share the pool.

A card is never changed. Scoring again what is known already gives the same row; where anything that it rests on, or that it
says, has come to be another, the next revision. Two hashes tell: over the facts, and over the card with its items and
strata.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.clock import month_before, month_end
from collection_ops.core.digests import digest_of
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from collection_ops.core.services import audit
from vendors.models import (
    Placement,
    Scorecard,
    ScorecardItem,
    ScorecardScheme,
    ScorecardStratum,
    ScorecardTarget,
)
from vendors.scorecard.criteria import Criterion
from vendors.scorecard.decide import Scored, decide
from vendors.scorecard.facts import AgencyFacts, MonthFacts
from vendors.scorecard.gather import facts_of_month
from vendors.scorecard.judging import Judged
from vendors.scorecard.schemes import document_of, scheme_for, scheme_of

ROWS_AT_ONCE = 2_000
LONGEST = 12
"""Months that are caught up with when nobody scored for long."""


class ScoreRefused(Exception):
    """The month cannot be scored; the sentence says what to do."""


@dataclass(frozen=True)
class Made:
    """`is_new` False: the newest revision says the same already."""

    scorecard: Scorecard
    is_new: bool


def score_month(*, month: date, actor: User | None, now: datetime) -> list[Made]:
    """A card for every agency that had a case in hand in the month that begins on `month`, as it is known `now`, by id of
    the agency; none for one of which nothing is known that the scheme asks for.

    Raises ScoreRefused: the month is not over, no scheme was in force, no case was in hand.
    """
    said = {"month": f"{month:%Y-%m}"}
    if clock.business_date(now) <= month_end(month):
        raise ScoreRefused(_("%(month)s 还没有结束，下月 1 日起才能评分") % said)
    with transaction.atomic():
        row = scheme_for(month, now)
        if row is None:
            raise ScoreRefused(_("%(month)s 没有已生效的评分方案，请先批准一版") % said)
        # One scores at a time: of two at once the second finds what the first made.
        ScorecardScheme.objects.select_for_update(no_key=True).get(pk=row.pk)
        facts = facts_of_month(month, now, scheme_of(row))
        if not facts.agencies:
            raise ScoreRefused(_("%(month)s 没有在手委案，不需要评分") % said)
        return _kept(facts, decide(facts), row, actor, now)


def _kept(
    facts: MonthFacts, found: Sequence[Scored], scheme: ScorecardScheme, actor: User | None, now: datetime
) -> list[Made]:
    newest = {
        one.agency_id: one
        for one in Scorecard.objects.filter(month=facts.month).order_by("agency", "-revision").distinct("agency")
    }
    whole = pool_digest(facts)
    made = []
    for scored in found:
        if not scored.card.is_judged:
            continue
        before = newest.get(scored.facts.agency)
        card = _card(facts, scored, scheme)
        items, strata, targets = list(_items(scored)), list(_strata(scored)), list(_targets(scored))
        card.facts_digest = digest_of([whole, _told_of(scored.facts)])
        told = [_row(card), [_row(one) for one in items], [_row(one) for one in strata]]
        card.digest = digest_of([*told, [_row(one) for one in targets]] if targets else told)
        if before is not None and (before.known_by > now or _hashes(before) == _hashes(card)):
            made.append(Made(before, is_new=False))
            continue
        card.revision = before.revision + 1 if before is not None else 1
        card.known_by, card.made_by, card.made_at = now, actor, now
        made.append(Made(_written(card, items, strata, targets), is_new=True))
    _record(made, actor)
    return made


def _record(made: Sequence[Made], actor: User | None) -> None:
    for one in made:
        card = one.scorecard
        if one.is_new:
            audit.record(
                action="scorecard.made",
                actor=actor,
                obj=card,
                data={
                    "agency": card.agency_id, "month": card.month.isoformat(), "revision": card.revision,
                    "score": str(card.score), "grade": card.grade, "facts": card.facts_digest, "digest": card.digest,
                },
            )  # fmt: skip


def _hashes(card: Scorecard) -> tuple[str, str]:
    return card.facts_digest, card.digest


# The rows ----------------------------------------------------------------------------------------------------------


def _card(facts: MonthFacts, scored: Scored, scheme: ScorecardScheme) -> Scorecard:
    standing, card = scored.standing, scored.card
    return Scorecard(
        agency_id=scored.facts.agency,
        month=facts.month,
        scheme=scheme,
        score=card.score,
        grade=card.grade.value,
        vetoed=card.vetoed,
        critical=scored.facts.critical,
        compliance_score=scored.facts.compliance_score,
        cases=standing.cases,
        placed=standing.placed,
        exposed=standing.exposed,
        observed=standing.observed,
        expected=standing.expected,
        ratio=standing.ratio,
        lower=standing.lower,
        upper=standing.upper,
        lower998=standing.lower998,
        upper998=standing.upper998,
        dispersion=standing.dispersion,
        verdict=standing.verdict.value,
        why=standing.why.value if standing.why else "",
        share_now=scored.share_now,
        share_proposed=scored.share_proposed,
    )


def _items(scored: Scored) -> Iterator[ScorecardItem]:
    for one in scored.card.items:
        yield _item(one)


def _item(one: Judged) -> ScorecardItem:
    found = one.measured
    return ScorecardItem(
        criterion=Criterion(found.criterion).value,
        value=found.value,
        expected=found.expected,
        numerator=found.numerator,
        denominator=found.denominator,
        weight=one.weight,
        points=one.points,
        lost=one.lost,
        why=found.why,
        changes=[change.to_json() for change in one.changes],
    )


def _strata(scored: Scored) -> Iterator[ScorecardStratum]:
    days = scored.standing.days
    for part in scored.standing.parts:
        stratum, cell = part.stratum, part.cell
        yield ScorecardStratum(
            stage=stratum.stage,
            age_band=stratum.age,
            balance_band=stratum.balance,
            product=stratum.product,
            earlier=stratum.earlier,
            cases=cell.cases,
            amount=cell.amount,
            exposed=round_money(cell.exposed / days),
            observed=cell.observed,
            expected=part.expected,
            merged=part.group[0],
            pool_cases=part.pool_cases,
            rate=part.rate,
        )


def _targets(scored: Scored) -> Iterator[ScorecardTarget]:
    promised = scored.facts.promised
    if promised is None:
        return
    for one in scored.targets:
        yield ScorecardTarget(
            version_id=promised.version,
            number=one.target.number,
            stages=sorted(one.target.stages),
            measure=one.target.measure.value,
            figure=one.target.figure,
            outcome=one.outcome.value,
            why=one.why.value if one.why else "",
            part=one.part,
            whole=one.whole,
            value=one.value,
            gap=one.gap,
            short=one.short,
        )


def _written(
    card: Scorecard,
    items: Sequence[ScorecardItem],
    strata: Sequence[ScorecardStratum],
    targets: Sequence[ScorecardTarget],
) -> Scorecard:
    card.save(force_insert=True)
    for rows in (items, strata, targets):
        for row in rows:
            row.scorecard = card
    ScorecardItem.objects.bulk_create(items)
    ScorecardStratum.objects.bulk_create(strata, batch_size=ROWS_AT_ONCE)
    ScorecardTarget.objects.bulk_create(targets)
    return card


# The digests -------------------------------------------------------------------------------------------------------

_NOT_SAID = frozenset({"id", "scorecard", "revision", "known_by", "made_by", "made_at", "facts_digest", "digest"})


def _row(row: Scorecard | ScorecardItem | ScorecardStratum | ScorecardTarget) -> list[Any]:
    """What a row says, column by column; not which row it is, nor when it was written."""
    return [getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in _NOT_SAID]


def pool_digest(facts: MonthFacts) -> str:
    """Over what all cards of the month share: scheme, limits, and the money and cases of all agencies."""
    return digest_of(
        {
            "month": facts.month,
            "scheme": [facts.scheme.number, document_of(facts.scheme)],
            "limits": vars(facts.limits),
            "cells": [
                f"{one.code} {stratum} {cell}" for one in facts.agencies for stratum, cell in sorted(one.cells.items())
            ],
        }
    )


_OF_TARGETS = ("promised", "reached_of")


def _told_of(facts: AgencyFacts) -> dict[str, Any]:
    """Where nothing was promised there is no word of it: cards from before there were targets are still the same."""
    told = {name: value for name, value in vars(facts).items() if name not in ("agency", "cells", *_OF_TARGETS)}
    if facts.promised is None:
        return told
    targets = [[one.number, str(one.measure), str(one.figure), sorted(one.stages)] for one in facts.promised.targets]
    return told | {"promised": [facts.promised.version, targets], "reached_of": sorted(facts.reached_of.items())}


# Catching up -------------------------------------------------------------------------------------------------------


def months_due(day: date) -> list[date]:
    """The months that are over on `day` and have no card yet, oldest first: the last one, and those since the newest card,
    where some were missed. From the second of a month on, so that its last day's money has come."""
    if day.day < 2:
        return []
    last = month_before(day)
    if not Placement.objects.filter(placed_on__lt=day.replace(day=1)).exists():
        return []
    newest = Scorecard.objects.order_by("-month").values_list("month", flat=True).first()
    due = [last]
    while newest is not None and len(due) < LONGEST and (before := month_before(due[0])) > newest:
        due.insert(0, before)
    return [month for month in due if newest is None or month > newest]


def score_due(*, now: datetime) -> list[date]:
    """Scores what is due; a month that cannot be scored (nothing in hand) is passed over. Done twice it is once."""
    scored = []
    for month in months_due(clock.business_date(now)):
        try:
            score_month(month=month, actor=None, now=now)
        except ScoreRefused:
            continue
        scored.append(month)
    return scored
