"""Moving cases between desks: one desk at a time, all or nothing, with a trace."""

from datetime import timedelta

import pytest

from cases.models import Case, Custody, Desk, DeskKind
from cases.services.custody import CustodyRefused, move_cases
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from tests.cases.builders import desk_of, make_case


@pytest.fixture
def agency(db: None) -> Desk:
    return Desk.objects.create(code="agency-a", name="委外甲", kind=DeskKind.AGENCY)


def test_moved_cases_have_one_open_custody_and_the_old_one_ends_where_it_begins(
    collector: User, supervisor: User, agency: Desk
) -> None:
    desk = desk_of(collector)
    cases = [make_case(desk=desk), make_case(desk=desk), make_case(desk=desk)]
    now = clock.now()
    moved = move_cases(cases=[case.pk for case in cases[:2]], desk=agency, reason="委外", actor=supervisor, now=now)
    assert moved == 2
    for case in cases[:2]:
        case.refresh_from_db()
        assert case.desk == agency
        old, new = Custody.objects.filter(case=case).order_by("started_at")
        assert old.ended_at == new.started_at == now
        assert (new.desk, new.reason, new.moved_by, new.ended_at) == (agency, "委外", supervisor, None)
    cases[2].refresh_from_db()
    assert cases[2].desk == desk
    event = AuditEvent.objects.get(action="custody.moved")
    assert (event.actor, event.data["count"], event.reason) == (supervisor, 2, "委外")


def test_what_is_closed_or_there_already_stays_as_it_is(collector: User, supervisor: User, agency: Desk) -> None:
    there = make_case(desk=agency)
    closed = make_case(desk=desk_of(collector))
    now = clock.now()
    Custody.objects.filter(case=closed).update(ended_at=now)
    Case.objects.filter(pk=closed.pk).update(closed_on=now.date(), close_reason="paid", desk=None)
    before = list(Custody.objects.order_by("pk").values())
    assert move_cases(cases=[there.pk, closed.pk], desk=agency, reason="委外", actor=supervisor, now=now) == 0
    assert list(Custody.objects.order_by("pk").values()) == before
    assert not AuditEvent.objects.filter(action="custody.moved").exists()


def test_a_move_before_the_present_custody_began_is_refused_as_a_whole(
    collector: User, supervisor: User, agency: Desk
) -> None:
    desk = desk_of(collector)
    early, late = make_case(desk=desk), make_case(desk=desk)
    now = clock.now()
    Custody.objects.filter(case=late).update(started_at=now)
    yesterday = now - timedelta(days=1)
    Custody.objects.filter(case=early).update(started_at=yesterday - timedelta(days=1))
    with pytest.raises(CustodyRefused):
        move_cases(cases=[early.pk, late.pk], desk=agency, reason="委外", actor=supervisor, now=yesterday)
    assert set(Case.objects.values_list("desk", flat=True)) == {desk.pk}


def test_a_desk_out_of_use_takes_nothing(collector: User, supervisor: User, agency: Desk) -> None:
    case = make_case(desk=desk_of(collector))
    Desk.objects.filter(pk=agency.pk).update(is_active=False)
    agency.refresh_from_db()
    with pytest.raises(CustodyRefused, match="已停用"):
        move_cases(cases=[case.pk], desk=agency, reason="委外", actor=supervisor, now=clock.now())
