"""Versions of a month's targets: proposed, agreed. The only door for writing them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agents.models import Level, SetKind, Target, TargetSet, Team
from agents.targets.gather import basis_of
from agents.targets.metrics import BY_CODE, Metric, Unit
from agents.targets.propose import ProposalRefused, propose
from collection_ops.core.models import User
from collection_ops.core.services import audit

ZERO = Decimal("0.00")
MOST = Decimal(99_999_999_999)
COMPANY = "company"
REASON_MOST = 200


class TargetsRefused(Exception):
    """The targets cannot be kept; the sentence says why. `field`: the key it is about. `differences`: by the key of a whole,
    how much its parts are more (+) or less (-) than it."""

    def __init__(self, sentence: str, field: str = "", differences: Mapping[str, Decimal] | None = None) -> None:
        super().__init__(sentence)
        self.field = field
        self.differences = dict(differences or {})


@dataclass(frozen=True)
class Line:
    """One target in a form: `key` names it (company, team-3, person-7), `whole` the key of what it is a part of."""

    key: str
    whole: str
    target: Target


def key_of(target: Target) -> str:
    if target.level == Level.PERSON:
        return f"person-{target.user_id}"
    return f"team-{target.team_id}" if target.level == Level.TEAM else COMPANY


def whole_of(target: Target) -> str:
    if target.level == Level.PERSON:
        return f"team-{target.team_id}"
    return COMPANY if target.level == Level.TEAM else ""


def newest(month: date) -> TargetSet | None:
    return TargetSet.objects.filter(month=month).order_by("-version").first()


def agreed(month: date) -> TargetSet | None:
    """The version in force."""
    return TargetSet.objects.filter(month=month, kind=SetKind.AGREED).order_by("-version").first()


def first_agreed(month: date) -> TargetSet | None:
    """The version as first set, against which «target as first set» is measured."""
    return TargetSet.objects.filter(month=month, kind=SetKind.AGREED).order_by("version").first()


def read_amount(text: str, metric: Metric, field: str = "") -> Decimal:
    """Yuan with at most two places, a whole number, or per cent up to 100. Raises TargetsRefused."""
    typed = text.strip().replace(",", "").replace("，", "").removesuffix("%")
    places = r"\d{1,11}" if metric.unit == Unit.COUNT else r"\d{1,11}(\.\d{1,2})?"
    if not re.fullmatch(places, typed, re.ASCII):
        sentence = _("“%(typed)s”不是整数") if metric.unit == Unit.COUNT else _("“%(typed)s”不是数字，或小数多于两位")
        raise TargetsRefused(sentence % {"typed": text[:30]}, field)
    amount = Decimal(typed)
    if metric.is_rate and amount > 100:
        raise TargetsRefused(_("比率不能超过 100 %"), field)
    return amount


def propose_targets(
    *, month: date, amounts: Mapping[str, str], based_on: int, day: date, actor: User | None, now: datetime
) -> TargetSet:
    """Share the company's `amounts` (by metric, as typed; empty ones are left out) among teams and people, and keep that as
    a proposal. Metrics not named stay as in the newest version. Raises TargetsRefused."""
    typed = {code: text for code, text in amounts.items() if code in BY_CODE and text.strip()}
    if not typed:
        raise TargetsRefused(_("请至少填写一项公司目标"))
    wanted = {code: read_amount(text, BY_CODE[code], code) for code, text in typed.items()}
    before = newest(month)
    _must_be_newest(before, based_on)
    basis = basis_of(month, day=day)
    rows = _copied(before, without=set(wanted))
    for code, amount in wanted.items():
        try:
            shared = propose(BY_CODE[code], amount, basis.hands)
        except ProposalRefused as refused:
            raise TargetsRefused(str(refused), code) from refused
        rows.append(Target(metric=code, level=Level.COMPANY, amount=shared.company))
        rows += [
            Target(metric=code, level=Level.TEAM, team_id=team, amount=part) for team, part in shared.teams.items()
        ]
        rows += [
            Target(
                metric=code,
                level=Level.PERSON,
                team_id=one.team_id,
                user_id=one.user_id,
                amount=shared.people[one.user_id],
                note=shared.notes.get(one.user_id, ""),
            )
            for one in basis.hands
        ]
    return _keep(
        month, before, rows, SetKind.PROPOSED, "", basis.to_json(), actor=actor, now=now,
        data={code: str(amount) for code, amount in wanted.items()},
    )  # fmt: skip


def agree_targets(
    *,
    month: date,
    metric: Metric,
    typed: Mapping[str, str],
    reason: str,
    based_on: int,
    actor: User | None,
    now: datetime,
    team: Team | None = None,
) -> TargetSet:
    """Put a version in force: the newest one with the `typed` amounts of one metric (by key; what is missing stays). With
    `team`, only that team's people may change. Parts must add up to their whole to the cent. Raises TargetsRefused."""
    before = newest(month)
    _must_be_newest(before, based_on)
    if before is None:
        raise TargetsRefused(_("本月还没有目标，请先由主管提议"))
    if team is not None and not metric.adds_up:
        # Nothing would keep a leader from lowering a rate, or raising a ceiling, for the own people.
        raise TargetsRefused(_("比率与上限由主管核定，组长可以调整金额与件数"))
    if team is not None and before.kind == SetKind.PROPOSED:
        # A leader moves targets inside the team; what the company shall reach is not theirs to put in force.
        raise TargetsRefused(_("主管的提议还没有核定，组长可在核定后调整本组"))
    reason = " ".join(reason.replace("\x00", "").split())
    if not reason:
        raise TargetsRefused(_("请写明核定或修改的原因"), "reason")
    rows = _copied(before, without=set())
    mine = [row for row in rows if row.metric == metric.code]
    changed = {}
    for row in mine:
        key = key_of(row)
        if key not in typed or (team is not None and whole_of(row) != f"team-{team.pk}"):
            continue
        amount = read_amount(typed[key], metric, key)
        if amount != row.amount:
            changed[key] = [str(row.amount), str(amount)]
            row.amount, row.note = amount, ""
    if metric.adds_up:
        differences = differences_of({key_of(row): row.amount for row in mine}, {key_of(r): whole_of(r) for r in mine})
        if differences:
            raise TargetsRefused(
                _("下级之和与上级目标不一致，未保存。请按表中的差额调整"), next(iter(differences)), differences
            )
    if before.kind == SetKind.AGREED and not changed:
        raise TargetsRefused(_("没有任何改动"))
    return _keep(
        month, before, rows, SetKind.AGREED, reason[:REASON_MOST], before.inputs, actor=actor, now=now,
        data={"metric": metric.code, "changed": dict(list(changed.items())[:200])},
    )  # fmt: skip


def differences_of(amounts: Mapping[str, Decimal], wholes: Mapping[str, str]) -> dict[str, Decimal]:
    """By the key of a whole: its parts' sum less itself, where that is not zero. A whole without parts is asked for none."""
    sums: dict[str, Decimal] = {}
    for key, whole in wholes.items():
        if whole:
            sums[whole] = sums.get(whole, ZERO) + amounts[key]
    return {key: total - amounts[key] for key, total in sums.items() if key in amounts and total != amounts[key]}


def _must_be_newest(before: TargetSet | None, based_on: int) -> None:
    if (before.pk if before else 0) != based_on:
        raise TargetsRefused(_taken(before))


def _taken(before: TargetSet | None) -> str:
    if before is None:
        return _("本月的目标已不存在，请刷新后再试")
    who = before.saved_by.display_name if before.saved_by else _("系统")
    return _("%(who)s 刚刚保存了第 %(version)d 版，您的修改未保存。请对照新版再改") % {
        "who": who,
        "version": before.version,
    }


def _copied(before: TargetSet | None, *, without: set[str]) -> list[Target]:
    if before is None:
        return []
    return [
        Target(metric=row.metric, level=row.level, team_id=row.team_id, user_id=row.user_id, amount=row.amount,
               note=row.note)
        for row in before.targets.exclude(metric__in=without).order_by("pk")
    ]  # fmt: skip


def _keep(
    month: date,
    before: TargetSet | None,
    rows: list[Target],
    kind: SetKind,
    reason: str,
    inputs: dict[str, object],
    *,
    actor: User | None,
    now: datetime,
    data: dict[str, object],
) -> TargetSet:
    try:
        with transaction.atomic():
            kept = TargetSet.objects.create(
                month=month,
                version=before.version + 1 if before else 1,
                kind=kind,
                based_on=before,
                reason=reason,
                inputs=inputs,
                saved_by=actor,
                saved_at=now,
            )
            for row in rows:
                row.set = kept
            Target.objects.bulk_create(rows)
            audit.record(
                action=f"target.{kind.value}",
                actor=actor,
                obj=kept,
                data={"month": month.isoformat(), "version": kept.version, **data},
                reason=reason,
            )
    except IntegrityError as raced:
        if "target_set_version_once" not in str(raced):
            raise
        # Somebody else saved between our look and our write.
        raise TargetsRefused(_taken(newest(month))) from raced
    return kept
