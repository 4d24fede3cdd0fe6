"""What the checks of a period came to: by person, and how far checkers agree."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Avg, Count, Q, QuerySet
from django.utils import timezone

from compliance.models import CheckState, OpinionKind, QualityCheck, QualityOpinion, SecondState
from compliance.quality.agreement import Agreement, Pair, agreement
from compliance.quality.scoring import WHOLE


@dataclass(frozen=True)
class Result:
    """`mean` 0 to 100, two places; `failed` and `critical`: checks that failed, and those of them for a critical error.
    `user` None: an agency's people (`org`)."""

    user: int | None
    org: str
    checks: int
    mean: Decimal | None
    failed: int
    critical: int

    @property
    def fail_share(self) -> float | None:
        return self.failed / self.checks if self.checks else None


def done_between(first: date, last: date) -> QuerySet[QualityCheck]:
    """Checks whose result came on the days `first` to `last`, both in. A talk of one week is checked in the next: what
    counts is the day of the result, so that a month that is over gets no more checks."""
    return QualityCheck.objects.filter(
        state=CheckState.DONE, done_at__gte=_midnight(first), done_at__lt=_midnight(last + timedelta(days=1))
    )


def by_person(rows: QuerySet[QualityCheck]) -> list[Result]:
    """Of done checks (those that a reader may see), as the results stand now; by person and agency. One query."""
    return _counted(rows)


def whole(results: Collection[Result]) -> Result:
    """All of them as one line."""
    checks = sum(one.checks for one in results)
    total = sum((one.mean * one.checks for one in results if one.mean is not None), Decimal(0))
    return Result(
        None,
        "",
        checks,
        (total / checks).quantize(Decimal("0.01")) if checks else None,
        sum(one.failed for one in results),
        sum(one.critical for one in results),
    )


@dataclass(frozen=True)
class Two:
    """Two checkers, by id, who looked at the same talks: whether they came to the same result, and by how many points the
    `one` scores higher than the `other` on average (negative: lower)."""

    one: int
    other: int
    result: Agreement
    gap: Decimal


@dataclass(frozen=True)
class Calibration:
    """How far the first and the second opinion agree: on the result, and on each item that both scored, by code; and by the
    two people."""

    result: Agreement
    items: dict[str, Agreement]
    whole_items: Agreement
    people: list[Two]


def calibration(first: date, last: date) -> Calibration:
    """Second opinions given on these days. An item passes where all of its points were given; one that either left out
    as not applicable is not compared. Two queries."""
    given = QualityOpinion.objects.filter(
        kind=OpinionKind.SECOND,
        submitted_at__gte=_midnight(first),
        submitted_at__lt=_midnight(last + timedelta(days=1)),
    ).exclude(check_of__second=SecondState.WANTED)
    second = {one.check_of_id: one for one in given.defer("quotes", "comment")}
    firsts = QualityOpinion.objects.filter(kind=OpinionKind.FIRST, check_of__in=second.keys()).defer(
        "quotes", "comment"
    )
    results: list[Pair] = []
    items: dict[str, list[Pair]] = {}
    people: dict[tuple[int, int], list[tuple[QualityOpinion, QualityOpinion]]] = {}
    for one in firsts:
        other = second[one.check_of_id]
        by_id = sorted((one, other), key=lambda opinion: opinion.checker_id)
        people.setdefault((by_id[0].checker_id, by_id[1].checker_id), []).append((by_id[0], by_id[1]))
        results.append((one.passed, other.passed))
        for code in one.answers.keys() & other.answers.keys():
            mine, theirs = one.answers[code], other.answers[code]
            if mine is not None and theirs is not None:
                items.setdefault(code, []).append((mine == WHOLE, theirs == WHOLE))
    every = [pair for pairs in items.values() for pair in pairs]
    return Calibration(
        agreement(results),
        {code: agreement(pairs) for code, pairs in sorted(items.items())},
        agreement(every),
        [_two(one, other, found) for (one, other), found in sorted(people.items())],
    )


def _two(one: int, other: int, found: list[tuple[QualityOpinion, QualityOpinion]]) -> Two:
    gaps = sum(((mine.score or Decimal(0)) - (theirs.score or Decimal(0)) for mine, theirs in found), Decimal(0))
    same = agreement([(mine.passed, theirs.passed) for mine, theirs in found])
    return Two(one, other, same, (gaps / len(found)).quantize(Decimal("0.01")))


def _counted(rows: QuerySet[QualityCheck]) -> list[Result]:
    found = (
        rows.order_by()
        .values_list("user_id", "org")
        .annotate(
            counted=Count("pk"),
            mean=Avg("score"),
            failures=Count("pk", filter=Q(passed=False)),
            errors=Count("pk", filter=~Q(critical=[])),
        )
        .order_by("user_id", "org")
    )
    return [
        Result(user, org, checks, mean.quantize(Decimal("0.01")), failed, critical)
        for user, org, checks, mean, failed, critical in found
    ]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
