"""Arranging a cover: what it would do, who may help, and two who arrange it at once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction

from agents.cover.arranging import Wish, arrange_cover, preview, read_share
from agents.cover.deal import Piece, Room, deal
from agents.cover.keeping import keep_covers
from agents.cover.refusals import CoverRefused
from agents.models import Cover, CoverCase, Leave
from cases.models import Case
from cases.services.promises import make_promise
from compliance.models import TrainingCertificate
from tests.agents.cover.conftest import at, march
from tests.core.races import at_once

pytestmark = pytest.mark.django_db


def wish_of(owner, *helpers, first=10, last=12, **columns) -> Wish:
    return Wish(owner, helpers, march(first), march(last), Decimal(50), **columns)


# Who gets which case (pure) ------------------------------------------------------------------------------------------


def piece(case_id: int, expected: int, debtor: int | None = None, total: int = 100) -> Piece:
    return Piece(case_id, debtor or case_id, 2, Decimal(total), Decimal(expected))


def test_cases_are_dealt_evenly_by_expected_money_and_a_persons_debts_stay_together():
    pieces = [piece(1, 60, debtor=9), piece(2, 50, debtor=9), piece(3, 70), piece(4, 40), piece(5, 10)]
    rooms = [Room(7, None, None), Room(8, None, None)]
    dealt = deal(pieces, rooms)
    assert dealt.to == {7: [1, 2, 5], 8: [3, 4]}
    assert deal(pieces[::-1], rooms[::-1]) == dealt, "the order of the input does not matter"


def test_nobody_gets_beyond_their_room_in_cases_or_in_yuan():
    pieces = [piece(1, 60), piece(2, 50), piece(3, 40), piece(4, 30, total=1000)]
    dealt = deal(pieces, [Room(7, 1, None), Room(8, None, Decimal(300))])
    assert dealt.to == {7: [1], 8: [2, 3]}
    assert dealt.left == [4]


# Before it is arranged -----------------------------------------------------------------------------------------------


def test_the_preview_says_what_would_be_lent_what_falls_due_and_the_load_before_and_after(owner, helper, case_of):
    promised, other = case_of(owner, "1000.00"), case_of(owner, "2000.00")
    case_of(helper, "500.00")
    make_promise(case=promised, amount=Decimal("400.00"), due_on=march(11), actor=owner, now=at(9))
    make_promise(case=other, amount=Decimal("400.00"), due_on=march(16), actor=owner, now=at(9))
    found = preview(wish_of(owner, helper), now=at(9))
    [one] = found.helpers
    assert (len(found.pieces), found.amount, len(found.due.promises)) == (2, Decimal("3000.00"), 1)
    assert found.due.promised == Decimal("400.00")
    assert (one.candidate.count, one.count_after, one.amount_after) == (1, 3, Decimal("3500.00"))
    assert not Cover.objects.exists()


def test_two_helpers_share_the_cases_and_come_back_together(owner, helper, second, arranged, case_of):
    cases = [case_of(owner, total) for total in ("1000.00", "900.00", "500.00", "400.00")]
    covers = arranged(helper, second)
    assert len({cover.arrangement for cover in covers}) == 1
    keep_covers(now=at(10, 0, 3))
    assert sorted(CoverCase.objects.filter(cover=cover).count() for cover in covers) == [2, 2]
    keep_covers(now=at(13, 0, 3))
    assert {Case.objects.get(pk=case.pk).desk.owner for case in cases} == {owner}


@pytest.mark.parametrize(
    ("scope", "stages", "lent"),
    [("all", (), 3), ("stages", (1,), 1), ("due", (), 1)],
)
def test_the_scope_chooses_what_is_lent(owner, helper, arranged, case_of, scope, stages, lent):
    case_of(owner)
    case_of(owner, days=10)
    promised = case_of(owner)
    make_promise(case=promised, amount=Decimal("100.00"), due_on=march(11), actor=owner, now=at(9))
    [cover] = arranged(helper, first=9, scope=scope, stages=stages)
    assert CoverCase.objects.filter(cover=cover).count() == lent


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"first": 6}, "first_day"),
        ({"first": 12, "last": 10}, "last_day"),
        ({"scope": "some"}, "scope"),
        ({"scope": "stages"}, "stages"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(owner, helper, case_of, team_leader, columns, field):
    case_of(owner)
    with pytest.raises(CoverRefused) as refused:
        arrange_cover(wish=wish_of(owner, helper, **columns), actor=team_leader, now=at(9))
    assert refused.value.field == field


def test_who_cannot_help_is_told_with_the_reason(owner, helper, second, team_leader, arranged, case_of):
    case_of(owner)
    with pytest.raises(CoverRefused, match="缺席人不能代管自己"):
        arranged(owner)
    with pytest.raises(CoverRefused, match="请选择代管人"):
        arranged()
    with pytest.raises(CoverRefused, match="没有席位"):
        arranged(team_leader)
    TrainingCertificate.objects.filter(user=helper).update(revoked_at=at(1), revoke_reason="作弊")
    with pytest.raises(CoverRefused, match="合格证"):
        arranged(helper)
    Leave.objects.create(
        user=second, kind="annual", first_day=march(11), last_day=march(11), state="approved", asked_at=at(1)
    )
    with pytest.raises(CoverRefused, match="03-11 不在岗"):
        arranged(second)
    Leave.objects.filter(user=second).update(first_half="morning", last_half="morning")
    arranged(second)  # who is there half of the day can help


def test_without_room_it_is_refused_with_the_number_that_does_not_fit(owner, helper, arranged, case_of):
    case_of(owner), case_of(owner), case_of(helper)
    helper.collector.soft_count = helper.collector.hard_count = 2
    helper.collector.save()
    with pytest.raises(CoverRefused, match="还有 1 件放不下"):
        arranged(helper)
    assert not Cover.objects.exists()


def test_who_covers_somebody_hands_that_on_before_being_covered(owner, helper, second, arranged, case_of):
    case_of(owner)
    arranged(helper)
    with pytest.raises(CoverRefused, match="正代管 林催收"):
        arranged(second, owner=helper)


def test_who_is_covered_cannot_help(owner, helper, second, arranged, case_of):
    case_of(owner)
    case_of(helper)
    arranged(second)
    with pytest.raises(CoverRefused, match="03-10 不在岗"):
        arranged(owner, owner=helper)


@pytest.mark.parametrize("typed", ["", "abc", "-1", "100.01", "33.333", "NaN", "1e3"])
def test_a_share_that_is_none_is_refused(typed):
    with pytest.raises(CoverRefused):
        read_share(typed)


# Two at once ---------------------------------------------------------------------------------------------------------


def arrange_twice(owner, helper, second, team_leader, supervisor):
    return at_once(
        lambda: arrange_cover(wish=wish_of(owner, helper), actor=team_leader, now=at(9)),
        lambda: arrange_cover(wish=wish_of(owner, second, first=11, last=13), actor=supervisor, now=at(9)),
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_arrange_the_same_absence_at_once_the_second_is_told(
    owner, helper, second, team_leader, supervisor, case_of
):
    case_of(owner)
    results = arrange_twice(owner, helper, second, team_leader, supervisor)
    assert [one.code for one in results if isinstance(one, CoverRefused)] == ["twice"]
    assert Cover.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_constraint_both_have_arranged_it(owner, helper, second, team_leader, supervisor, case_of):
    case_of(owner)
    found = next(one for one in Cover._meta.constraints if one.name == "cover_one_arrangement_at_a_time")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Cover, found)
    try:
        arrange_twice(owner, helper, second, team_leader, supervisor)
        assert Cover.objects.count() == 2
    finally:
        Cover.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Cover, found)


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_begin_and_hand_back_once(owner, helper, arranged, case_of):
    case = case_of(owner)
    arranged(helper)
    at_once(*[lambda: keep_covers(now=at(10, 0, 3))] * 4)
    assert CoverCase.objects.count() == 1
    at_once(*[lambda: keep_covers(now=at(13, 0, 3))] * 4)
    assert list(case.custodies.order_by("started_at").values_list("reason", flat=True)) == [
        "import", "cover", "cover_end",
    ]  # fmt: skip


def test_a_case_is_lent_once_at_a_time_whoever_writes_it(owner, helper, second, arranged, case_of):
    from django.db import IntegrityError

    case = case_of(owner)
    [cover] = arranged(helper, first=9)
    other = Cover.objects.create(
        arrangement=cover.arrangement, owner=owner, helper=second, first_day=march(9), last_day=march(9), share=50,
        arranged_at=at(9),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="cover_case_lent_once"), transaction.atomic():
        CoverCase.objects.create(cover=other, case=case, since=at(9) + dt.timedelta(hours=1), total=1)
