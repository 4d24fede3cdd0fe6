"""What an agency's month is judged by, and what a scheme of it must never be (CN-A-04). Pure.

Every criterion has one value a month, `better` says which way is good, and its curve makes a share of its points of it:

recovery     observed ÷ expected money (1.2: a fifth more than the pool would have brought in with the same cases)
roll         observed ÷ expected amount that fell into a later stage
contact      per cent of the cases with a contact with the debtor in person
complaints   complaints for 10,000 contacted customers (compliance/complaints/rates)
breaches     points that the month's breaches cost in the compliance score of settlements (a critical one as many as four)
quality      mean score of the quality checks, 0 to 100
security     shortcomings: papers missing or over, a failed check, critical breaches of data, leaks
punctuality  days of contacts that were told late

Three groups, for CN-A-04 («70/20/10»: recovery, compliance, complaints). **Recovery** is `recovery` with `roll`, which is
the same money seen from its other side: without it 70 + 25 would pass as 70. **Complaints** stand alone. **Compliance** is
`breaches`, `quality`, `security` and `punctuality`, and not the complaints, which are asked for on top. `contact` is effort
and is in none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

WHOLE = Decimal(100)


class Criterion(StrEnum):
    RECOVERY = "recovery"
    ROLL = "roll"
    CONTACT = "contact"
    COMPLAINTS = "complaints"
    BREACHES = "breaches"
    QUALITY = "quality"
    SECURITY = "security"
    PUNCTUALITY = "punctuality"


CRITERION_LABELS: Mapping[Criterion, Any] = {
    Criterion.RECOVERY: _("回款(实际÷预期)"),
    Criterion.ROLL: _("迁徙(实际÷预期)"),
    Criterion.CONTACT: _("本人触达率(%)"),
    Criterion.COMPLAINTS: _("投诉(每万名已联系客户)"),
    Criterion.BREACHES: _("违规(扣分)"),
    Criterion.QUALITY: _("质检平均分"),
    Criterion.SECURITY: _("信息安全缺陷(项)"),
    Criterion.PUNCTUALITY: _("迟交文件(日)"),
}
HIGHER_IS_BETTER = frozenset({Criterion.RECOVERY, Criterion.CONTACT, Criterion.QUALITY})
RECOVERY_GROUP = (Criterion.RECOVERY, Criterion.ROLL)
COMPLIANCE_GROUP = (Criterion.BREACHES, Criterion.QUALITY, Criterion.SECURITY, Criterion.PUNCTUALITY)


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    AS_EXPECTED = "as_expected"
    CANNOT_TELL = "cannot_tell"


VERDICT_LABELS: Mapping[Verdict, Any] = {
    Verdict.BETTER: _("好于预期"),
    Verdict.WORSE: _("差于预期"),
    Verdict.AS_EXPECTED: _("与预期相当"),
    Verdict.CANNOT_TELL: _("无法区分"),
}


class Untold(StrEnum):
    """Why an agency's money says nothing about it."""

    FEW_CASES = "few_cases"
    WIDE = "wide"
    ALONE = "alone"
    NO_RATE = "no_rate"


UNTOLD_LABELS: Mapping[Untold, Any] = {
    Untold.FEW_CASES: _("案件太少"),
    Untold.WIDE: _("回款波动太大，界限太宽"),
    Untold.ALONE: _("没有可比的机构"),
    Untold.NO_RATE: _("同类案件没有回款，没有预期"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """At `value` a criterion gives `share` (0 to 1) of its points."""

    value: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """A criterion with its weight in points of 100 and its curve, points by rising value."""

    criterion: Criterion
    weight: Decimal
    curve: tuple[Point, ...]


@dataclass(frozen=True)
class Scheme:
    """A version of how months are judged. From `grade_a` points on it is an A, and so on; below `grade_c` a D."""

    number: int
    items: tuple[Item, ...]
    grade_a: Decimal = Decimal(85)
    grade_b: Decimal = Decimal(70)
    grade_c: Decimal = Decimal(60)

    def grade(self, score: Decimal) -> Grade:
        steps = ((Grade.A, self.grade_a), (Grade.B, self.grade_b), (Grade.C, self.grade_c))
        return next((grade for grade, floor in steps if score >= floor), Grade.D)

    def weight_of(self, *criteria: Criterion) -> Decimal:
        return sum((item.weight for item in self.items if item.criterion in criteria), Decimal(0))


@dataclass(frozen=True)
class Weights:
    """The limits of CN-A-04 in force on a day, in points of 100. People may make them stricter, never looser: the database
    keeps the three that stand here whatever is set."""

    recovery_most: int = 70
    compliance_least: int = 20
    complaints_least: int = 5


def faults(scheme: Scheme, limits: Weights | None = None) -> Iterator[Any]:
    """Why this scheme cannot be put in force, a sentence each. No sentence: it can."""
    limits = limits or Weights()
    found = [item.criterion for item in scheme.items]
    if len(found) != len(set(found)):
        yield _("同一指标只能出现一次")
    whole = sum((item.weight for item in scheme.items), Decimal(0))
    if whole != WHOLE:
        yield _("各指标权重合计须为 100，现为 %(whole)s") % {"whole": _number(whole)}
    yield from _faults_of_weights(scheme, limits)
    for item in scheme.items:
        yield from _faults_of_curve(item)
    if not WHOLE >= scheme.grade_a > scheme.grade_b > scheme.grade_c > 0:
        yield _("评级分数线须由高到低：A > B > C > 0，且不超过 100")


def _faults_of_weights(scheme: Scheme, limits: Weights) -> Iterator[Any]:
    if any(item.weight <= 0 for item in scheme.items):
        yield _("权重须大于 0，不考核的指标请删去")
    recovery = scheme.weight_of(*RECOVERY_GROUP)
    if recovery > limits.recovery_most:
        yield _("CN-A-04：不得只按回款考核，回款与迁徙的权重合计 %(weight)s，最高 %(limit)s") % {
            "weight": _number(recovery),
            "limit": limits.recovery_most,
        }
    compliance = scheme.weight_of(*COMPLIANCE_GROUP)
    if compliance < limits.compliance_least:
        yield _("CN-A-04：合规(违规、质检、信息安全、文件及时)的权重合计 %(weight)s，最低 %(limit)s") % {
            "weight": _number(compliance),
            "limit": limits.compliance_least,
        }
    complaints = scheme.weight_of(Criterion.COMPLAINTS)
    if complaints < limits.complaints_least:
        yield _("CN-A-04：投诉的权重 %(weight)s，最低 %(limit)s") % {
            "weight": _number(complaints),
            "limit": limits.complaints_least,
        }


def _faults_of_curve(item: Item) -> Iterator[Any]:
    said = {"criterion": CRITERION_LABELS[item.criterion]}
    values = [point.value for point in item.curve]
    shares = [point.share for point in item.curve]
    if len(item.curve) < 2 or values != sorted(set(values)):
        yield _("“%(criterion)s”：得分曲线至少要有两个点，值由低到高，不能重复") % said
        return
    if any(not 0 <= share <= 1 for share in shares) or shares[0] == shares[-1]:
        yield _("“%(criterion)s”：得分曲线的比例须在 0 与 1 之间，两端不能相同") % said
    if shares != sorted(shares, reverse=item.criterion not in HIGHER_IS_BETTER):
        yield _("“%(criterion)s”：得分曲线的方向不对，表现更好不得得分更低") % said


def share_at(curve: Sequence[Point], value: Decimal) -> Decimal:
    """The share of the points that a value earns: straight lines between the points, flat before the first and after the
    last."""
    if value <= curve[0].value:
        return curve[0].share
    for before, after in pairwise(curve):
        if value <= after.value:
            part = (value - before.value) / (after.value - before.value)
            return before.share + (after.share - before.share) * part
    return curve[-1].share


def _number(weight: Decimal) -> str:
    return f"{weight.normalize():f}"


SHIPPED: Mapping[Criterion, tuple[int, Sequence[tuple[str, str]]]] = {
    Criterion.RECOVERY: (40, (("0.6", "0"), ("0.8", "0.4"), ("1", "0.75"), ("1.2", "1"))),
    Criterion.ROLL: (10, (("0.8", "1"), ("1", "0.75"), ("1.2", "0.4"), ("1.5", "0"))),
    Criterion.CONTACT: (5, (("10", "0"), ("30", "0.6"), ("60", "1"))),
    Criterion.COMPLAINTS: (15, (("0", "1"), ("20", "0.6"), ("50", "0"))),
    Criterion.BREACHES: (10, (("0", "1"), ("10", "0.6"), ("30", "0"))),
    Criterion.QUALITY: (10, (("60", "0"), ("80", "0.6"), ("95", "1"))),
    Criterion.SECURITY: (5, (("0", "1"), ("1", "0.4"), ("2", "0"))),
    Criterion.PUNCTUALITY: (5, (("0", "1"), ("2", "0.6"), ("5", "0"))),
}
"""The scheme that every installation begins with: weight and curve of each criterion. Complaints reach nought at the one
figure seen in the field, 0.5 % of the contacted customers; the other curves are house policy."""


def shipped_scheme() -> Scheme:
    items = (
        Item(criterion, Decimal(weight), tuple(Point(Decimal(value), Decimal(share)) for value, share in curve))
        for criterion, (weight, curve) in SHIPPED.items()
    )
    return Scheme(1, tuple(items))
