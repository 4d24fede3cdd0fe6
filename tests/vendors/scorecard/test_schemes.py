"""A scheme is agreed by two people, never rests on recovery alone (CN-A-04), and stays as it was agreed."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from collection_ops.core.access import Role
from collection_ops.core.dated_settings import SettingRefused, set_value
from tests.vendors.settlement.house import at, person
from vendors.models import CurvePoint, SchemeItem, ScorecardScheme, VersionState
from vendors.scorecard.criteria import Criterion, Item, Point, Scheme, Weights, faults, share_at, shipped_scheme
from vendors.scorecard.limits import RECOVERY_MOST
from vendors.scorecard.reference import seed_scheme
from vendors.scorecard.schemes import (
    SchemeRefused,
    approve_scheme,
    draft_scheme,
    save_scheme,
    scheme_digest,
    scheme_for,
    scheme_of,
    submit_scheme,
    withdraw_scheme,
)

TODAY = dt.date(2026, 3, 10)
NOW = at(TODAY)
MAY = dt.date(2026, 5, 1)
GOOD = (Point(Decimal(0), Decimal(1)), Point(Decimal(10), Decimal(0)))
RISING = (Point(Decimal(0), Decimal(0)), Point(Decimal(10), Decimal(1)))


def of(recovery: int, compliance: int, complaints: int) -> Scheme:
    """Weights of the three groups, as CN-A-04 writes them."""
    given = ((Criterion.RECOVERY, recovery, RISING), (Criterion.BREACHES, compliance, GOOD),
             (Criterion.COMPLAINTS, complaints, GOOD))  # fmt: skip
    return Scheme(2, tuple(Item(name, Decimal(weight), curve) for name, weight, curve in given if weight))


def words(scheme: Scheme, limits: Weights | None = None) -> str:
    return " ".join(str(one) for one in faults(scheme, limits))


def test_recovery_alone_is_refused_and_seventy_twenty_ten_is_not() -> None:
    assert "CN-A-04" in words(of(100, 0, 0))
    assert words(of(70, 20, 10)) == ""
    assert "CN-A-04" in words(of(71, 19, 10))
    assert "CN-A-04" in words(of(70, 26, 4)), "complaints have a least of their own"
    assert "CN-A-04" in words(of(60, 19, 21)), "complaints do not stand in for compliance"


def test_roll_is_the_same_money_and_counts_as_recovery() -> None:
    scheme = of(70, 20, 5)
    with_roll = replace(scheme, items=(*scheme.items, Item(Criterion.ROLL, Decimal(5), GOOD)))
    with_effort = replace(scheme, items=(*scheme.items, Item(Criterion.CONTACT, Decimal(5), RISING)))
    assert "CN-A-04" in words(with_roll)
    assert words(with_effort) == ""


def test_weights_add_up_and_curves_go_the_right_way() -> None:
    assert "100" in words(of(60, 20, 10))
    backwards = Scheme(2, (*of(70, 20, 0).items, Item(Criterion.COMPLAINTS, Decimal(10), RISING)))
    assert "方向" in words(backwards)
    assert "两个点" in words(Scheme(2, (*of(70, 20, 0).items, Item(Criterion.COMPLAINTS, Decimal(10), GOOD[:1]))))
    assert "评级" in words(replace(of(70, 20, 10), grade_a=Decimal(60)))
    assert words(shipped_scheme()) == ""


def test_a_curve_is_straight_between_its_points_and_flat_beyond_them() -> None:
    curve = shipped_scheme().items[0].curve
    shares = [share_at(curve, Decimal(value)) for value in ("0.2", "0.6", "0.7", "0.9", "1", "1.1", "1.2", "3")]
    assert shares == [Decimal(one) for one in ("0", "0", "0.2", "0.575", "0.75", "0.875", "1", "1")]


@pytest.mark.django_db
def test_the_shipped_scheme_is_made_by_nobody_and_once() -> None:
    assert seed_scheme().startswith("1 ")
    assert seed_scheme().startswith("0 ")
    row = scheme_for(dt.date(2026, 3, 1), at(dt.date(2030, 1, 1)))
    assert row is not None and row.is_shipped and row.made_by is None and row.approved_by is None
    assert scheme_of(row) == shipped_scheme()


@pytest.mark.django_db
def test_one_drafts_another_approves_and_months_that_have_begun_keep_theirs() -> None:
    seed_scheme()
    maker, boss = person("zhao", Role.VENDOR_MANAGER), person("qian", Role.MANAGER)
    row = draft_scheme(actor=maker, now=NOW, day=TODAY)
    with pytest.raises(SchemeRefused, match="先处理"):
        draft_scheme(actor=boss, now=NOW, day=TODAY)
    looked_at = scheme_digest(scheme_of(row))
    save = {"row": row, "note": "", "based_on": looked_at, "actor": maker, "now": NOW}
    save_scheme(scheme=of(71, 19, 10), effective_from=MAY, **save)
    with pytest.raises(SchemeRefused, match="别处改过"):
        save_scheme(scheme=of(70, 20, 10), effective_from=MAY, **save)
    with pytest.raises(SchemeRefused, match="CN-A-04"):
        submit_scheme(row=row, actor=maker, now=NOW, day=TODAY)
    save["based_on"] = scheme_digest(of(71, 19, 10))
    save_scheme(scheme=of(70, 20, 10), effective_from=TODAY, **save)
    with pytest.raises(SchemeRefused, match="已开始的月份"):
        submit_scheme(row=row, actor=maker, now=NOW, day=TODAY)
    save["based_on"] = scheme_digest(of(70, 20, 10))
    save_scheme(scheme=of(70, 20, 10), effective_from=MAY, **save)
    submit_scheme(row=row, actor=maker, now=NOW, day=TODAY)
    for not_this_one in (maker, person("sun", Role.COLLECTOR)):
        with pytest.raises(SchemeRefused):
            approve_scheme(row=row, actor=not_this_one, now=NOW, day=TODAY)
    approve_scheme(row=row, actor=boss, now=NOW, day=TODAY)
    april, later = scheme_for(dt.date(2026, 4, 1), at(dt.date(2030, 1, 1))), scheme_for(MAY, NOW)
    assert (april and april.number, later and later.number) == (1, 2)
    with pytest.raises(SchemeRefused, match="不能撤回"):
        withdraw_scheme(row=row, actor=boss)


@pytest.mark.django_db
def test_the_limits_are_asked_for_again_at_approval_and_can_only_be_made_stricter() -> None:
    seed_scheme()
    maker, boss = person("zhao", Role.VENDOR_MANAGER), person("qian", Role.MANAGER)
    row = draft_scheme(actor=maker, now=NOW, day=TODAY)
    save_scheme(
        row=row, scheme=of(70, 20, 10), effective_from=MAY, note="", based_on=scheme_digest(scheme_of(row)),
        actor=maker, now=NOW,
    )  # fmt: skip
    submit_scheme(row=row, actor=maker, now=NOW, day=TODAY)
    with pytest.raises(SettingRefused):
        set_value(RECOVERY_MOST, 71, effective_from=TODAY, reason="放宽", actor=boss, now=NOW)
    set_value(RECOVERY_MOST, 60, effective_from=TODAY, reason="从严", actor=boss, now=NOW)
    with pytest.raises(SchemeRefused, match="最高 60"):
        approve_scheme(row=row, actor=boss, now=NOW, day=TODAY)
    row.refresh_from_db()
    assert row.state == VersionState.SUBMITTED


@pytest.mark.django_db
def test_the_database_refuses_what_no_service_would_do() -> None:
    seed_scheme()
    maker, boss = person("zhao", Role.VENDOR_MANAGER), person("qian", Role.MANAGER)

    def written(scheme: Scheme, number: int) -> ScorecardScheme:
        row = ScorecardScheme.objects.create(number=number, effective_from=MAY, made_by=maker)
        for item in scheme.items:
            made = SchemeItem.objects.create(scheme=row, criterion=item.criterion, weight=item.weight)
            CurvePoint.objects.bulk_create(CurvePoint(item=made, value=p.value, share=p.share) for p in item.curve)
        return row

    def approve(row: ScorecardScheme, **who: object) -> None:
        with transaction.atomic():
            ScorecardScheme.objects.filter(pk=row.pk).update(state="approved", approved_at=NOW, **who)

    for number, scheme in ((2, of(100, 0, 0)), (3, of(71, 19, 10)), (4, of(60, 20, 10))):
        with pytest.raises(IntegrityError, match="CN-A-04"):
            approve(written(scheme, number), approved_by=boss)
    fine = written(of(70, 20, 10), 5)
    for who in ({}, {"approved_by": maker}):
        with pytest.raises(IntegrityError):
            approve(fine, **who)
    approve(fine, approved_by=boss)
    item = fine.items.get(criterion="recovery")
    for change in (
        lambda: ScorecardScheme.objects.filter(pk=fine.pk).update(note="x"),
        lambda: SchemeItem.objects.filter(pk=item.pk).update(weight=1),
        lambda: CurvePoint.objects.filter(item=item).delete(),
        lambda: SchemeItem.objects.create(scheme=fine, criterion="contact", weight=1),
    ):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()
