"""Schemes in versions: drafted, saved, submitted, approved by somebody else, and read back as pure ones.

A scheme counts for the months that begin on its day or later, so that agencies know by what they are judged when a month
begins; it cannot be put in force for days that are over.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.clock import month_after
from collection_ops.core.digests import digest_of
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.wording import sentences
from vendors.models import CurvePoint, SchemeItem, ScorecardScheme, VersionState
from vendors.scorecard.criteria import CRITERION_LABELS, Criterion, Item, Point, Scheme, faults
from vendors.scorecard.limits import weights_on

ROWS = "items__points"
APPROVE = "scorecards.approve"
OPEN = (VersionState.DRAFT, VersionState.SUBMITTED)


class SchemeRefused(Exception):
    """Nothing was changed. `reasons`: sentences that say what to do."""

    def __init__(self, *reasons: Any) -> None:
        self.reasons = [str(one) for one in reasons]
        super().__init__(sentences(self.reasons))


# Reading -----------------------------------------------------------------------------------------------------------


def scheme_of(row: ScorecardScheme) -> Scheme:
    """One version, whatever its state, items in their order. Two queries unless ROWS were fetched with it."""
    return Scheme(
        number=row.number,
        items=tuple(
            Item(
                Criterion(item.criterion),
                item.weight,
                tuple(Point(point.value, point.share) for point in item.points.all()),
            )
            for item in row.items.all()
        ),
        grade_a=row.grade_a,
        grade_b=row.grade_b,
        grade_c=row.grade_c,
    )


def scheme_for(month: date, known_by: datetime) -> ScorecardScheme | None:
    """The version by which the month that begins on `month` is judged, as it was known. Three queries."""
    return (
        ScorecardScheme.objects.filter(
            state=VersionState.APPROVED, effective_from__lte=month, approved_at__lte=known_by
        )
        .prefetch_related(ROWS)
        .order_by("-effective_from", "-number")
        .first()
    )


def scheme_digest(scheme: Scheme) -> str:
    """SHA-256 over weights, curves and grades: which of them somebody looked at."""
    return digest_of(document_of(scheme))


def document_of(scheme: Scheme) -> dict[str, Any]:
    """The scheme as JSON, numbers without trailing noughts: the same scheme gives the same, typed or read back."""
    return {
        "items": [
            {
                "criterion": item.criterion.value,
                "weight": f"{item.weight.normalize():f}",
                "curve": [[f"{point.value.normalize():f}", f"{point.share.normalize():f}"] for point in item.curve],
            }
            for item in scheme.items
        ],
        "grades": [f"{grade.normalize():f}" for grade in (scheme.grade_a, scheme.grade_b, scheme.grade_c)],
    }


# A draft -----------------------------------------------------------------------------------------------------------


def draft_scheme(*, actor: User, now: datetime, day: date) -> ScorecardScheme:
    """A draft: a copy of the newest version (withdrawn ones too, so that nothing is typed twice), from the first of next
    month. One open draft at a time. Raises SchemeRefused."""
    with transaction.atomic():
        versions = _locked()
        for one in versions:
            if one.state in OPEN:
                raise SchemeRefused(_("方案 v%(number)d 还在%(state)s，请先处理它") % _named(one))
        if not versions:
            raise SchemeRefused(_("没有随产品提供的评分方案，请先运行 seed_reference"))
        newest = versions[-1]
        approved = [one.effective_from for one in versions if one.state == VersionState.APPROVED]
        next_month = month_after(day)
        row = ScorecardScheme.objects.create(
            number=newest.number + 1,
            effective_from=max(next_month, max(approved, default=next_month) + timedelta(days=1)),
            made_by=actor,
            made_at=now,
        )
        _write(row, scheme_of(newest))
        audit.record(
            action="scheme.drafted", actor=actor, obj=row, data={"number": row.number, "copied_from": newest.number}
        )
    return row


def save_scheme(
    *, row: ScorecardScheme, scheme: Scheme, effective_from: date, note: str, based_on: str, actor: User, now: datetime
) -> ScorecardScheme:
    """The whole document at once. `based_on`: digest of the scheme that was looked at (scheme_digest). A draft may break
    CN-A-04; that is said when it is submitted. Raises SchemeRefused."""
    with transaction.atomic():
        row = _held(row)
        wrong = list(_against_changing(row, actor))
        if wrong:
            raise SchemeRefused(*wrong)
        before = scheme_of(row)
        if scheme_digest(before) != based_on:
            raise SchemeRefused(_("草稿已在别处改过，请打开最新的草稿再改；本页填写的内容未保存"))
        wrong = list(_unwritable(scheme))
        if wrong:
            raise SchemeRefused(*wrong)
        row.effective_from, row.note = effective_from, note.strip()[:400]
        row.made_by, row.made_at = actor, now
        _write(row, scheme)
        audit.record(
            action="scheme.saved",
            actor=actor,
            obj=row,
            data={"number": row.number, "from": document_of(before), "to": document_of(scheme)},
        )
    return row


# Agreeing ----------------------------------------------------------------------------------------------------------


def submit_scheme(*, row: ScorecardScheme, actor: User, now: datetime, day: date) -> ScorecardScheme:
    """From draft to the desk of those who approve. Raises SchemeRefused with every sentence that speaks against it."""
    with transaction.atomic():
        row = _held(row)
        wrong = list(_against_changing(row, actor)) or list(obstacles(row, day=day))
        if wrong:
            raise SchemeRefused(*wrong)
        row.state, row.submitted_at = VersionState.SUBMITTED, now
        row.save(update_fields=["state", "submitted_at"])
        audit.record(action="scheme.submitted", actor=actor, obj=row, data=_told(row))
    return row


def approve_scheme(*, row: ScorecardScheme, actor: User, now: datetime, day: date) -> ScorecardScheme:
    """Puts a submitted version in force from its day on. Raises SchemeRefused: by whoever made it, without the right, and
    for every obstacle that has come up since it was submitted (CN-A-04 by its number)."""
    with transaction.atomic():
        row = _held(row)
        wrong = list(against_approving(row, actor=actor, day=day))
        if wrong:
            raise SchemeRefused(*wrong)
        row.state, row.approved_by, row.approved_at = VersionState.APPROVED, actor, now
        row.save(update_fields=["state", "approved_by", "approved_at"])
        audit.record(action="scheme.approved", actor=actor, obj=row, data=_told(row))
    return row


def withdraw_scheme(*, row: ScorecardScheme, actor: User) -> ScorecardScheme:
    """A draft or a submitted version is given up; it stays to be read and copied. Raises SchemeRefused."""
    with transaction.atomic():
        row = _held(row)
        if row.state not in OPEN:
            raise SchemeRefused(_("方案 v%(number)d %(state)s，不能撤回") % _named(row))
        was, row.state = row.state, VersionState.WITHDRAWN
        row.save(update_fields=["state"])
        audit.record(action="scheme.withdrawn", actor=actor, obj=row, data={"number": row.number, "was": str(was)})
    return row


def obstacles(row: ScorecardScheme, *, day: date) -> Iterator[Any]:
    """What keeps this version from being put in force, a sentence each. Two queries."""
    yield from faults(scheme_of(row), weights_on(row.effective_from))
    if row.effective_from <= day:
        yield _("生效日期要晚于今天 %(day)s：已开始的月份按原方案评分") % {"day": day}
    last = ScorecardScheme.objects.filter(state=VersionState.APPROVED).order_by("-effective_from").first()
    if last is not None and row.effective_from <= last.effective_from:
        said = {"number": last.number, "day": last.effective_from}
        yield _("生效日期要晚于已生效的方案 v%(number)d（%(day)s）") % said


def against_approving(row: ScorecardScheme, *, actor: User, day: date) -> Iterator[Any]:
    """Why this person cannot approve this version today, a sentence each."""
    if row.state != VersionState.SUBMITTED:
        yield _("方案 v%(number)d %(state)s，不在待批准") % _named(row)
        return
    if not has(actor, APPROVE):
        yield _("没有批准评分方案的权限")
    if row.made_by_id == actor.pk:
        yield _("起草人不能批准自己的方案，请由另一人批准")
    yield from obstacles(row, day=day)


def _locked() -> list[ScorecardScheme]:
    """All versions, oldest first; nobody else drafts or approves until the transaction ends."""
    list(ScorecardScheme.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    return list(ScorecardScheme.objects.prefetch_related(ROWS).order_by("number"))


def _held(row: ScorecardScheme) -> ScorecardScheme:
    return next(one for one in _locked() if one.pk == row.pk)


def _against_changing(row: ScorecardScheme, actor: User) -> Iterator[Any]:
    if row.state != VersionState.DRAFT:
        yield _("方案 v%(number)d %(state)s，只有草稿可以修改或提交") % _named(row)
    elif row.made_by_id != actor.pk:
        yield _("这是 %(name)s 的草稿；要接手请撤回它，再照它起草一版") % {"name": row.made_by}


def _unwritable(scheme: Scheme) -> Iterator[Any]:
    """What the tables cannot hold, not even of a draft."""
    found = [item.criterion for item in scheme.items]
    if len(found) != len(set(found)):
        yield _("同一指标只能出现一次")
    if any(not 0 < item.weight <= 100 for item in scheme.items):
        yield _("权重须大于 0，不考核的指标请删去")
    for item in scheme.items:
        values = [point.value for point in item.curve]
        if len(values) != len(set(values)) or any(not 0 <= point.share <= 1 for point in item.curve):
            yield _("“%(criterion)s”：得分曲线的值不能重复，比例须在 0 与 1 之间") % {
                "criterion": CRITERION_LABELS[item.criterion]
            }
    if not 100 >= scheme.grade_a > scheme.grade_b > scheme.grade_c > 0:
        yield _("评级分数线须由高到低：A > B > C > 0，且不超过 100")


def _write(row: ScorecardScheme, scheme: Scheme) -> None:
    row.grade_a, row.grade_b, row.grade_c = scheme.grade_a, scheme.grade_b, scheme.grade_c
    row.save()
    row.items.all().delete()
    write_items(row, scheme)


def write_items(row: ScorecardScheme, scheme: Scheme) -> None:
    """The items of a version that has none."""
    items = SchemeItem.objects.bulk_create(
        SchemeItem(scheme=row, criterion=item.criterion.value, weight=item.weight) for item in scheme.items
    )
    CurvePoint.objects.bulk_create(
        CurvePoint(item=made, value=point.value, share=point.share)
        for made, item in zip(items, scheme.items, strict=True)
        for point in item.curve
    )


def _named(row: ScorecardScheme) -> dict[str, Any]:
    return {"number": row.number, "state": row.get_state_display()}


def _told(row: ScorecardScheme) -> dict[str, Any]:
    return {
        "number": row.number,
        "effective_from": row.effective_from.isoformat(),
        "scheme": document_of(scheme_of(row)),
    }
