"""A complaint on its way: who is stopped meanwhile, who may handle it, by when, and what lifts what it stopped."""

import datetime as dt

import pytest

from cases.models import Case, Hold, HoldType
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.handling import assign, close, decide, extend, reopen
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused, Said, Whose, join, receive
from compliance.models import About, Complaint, ComplaintState, Complexity
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def days(count: int, hour: int = 10) -> dt.datetime:
    return MONDAY.replace(hour=hour) + dt.timedelta(days=count)


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector))


def complained(
    case: Case, *accused: Accused, now: dt.datetime = MONDAY, actor: User | None = None, **said: object
) -> Complaint:
    given: dict[str, object] = {
        "source": "hotline", "type": "threat", "narrative": "催收员在电话里骂人", "received_at": now, **said,
    }  # fmt: skip
    return receive(
        said=Said(**given),  # type: ignore[arg-type]
        whose=Whose(debtor=case.loan.debtor, case=case, loans=[case.loan]),
        accused=accused,
        actor=actor,
        now=now,
    )


def holds(case: Case, now: dt.datetime) -> set[tuple[int | None, str]]:
    rows = Hold.objects.in_force(now).filter(debtor=case.loan.debtor, type=HoldType.COMPLAINT)
    return set(rows.values_list("accused_id", "accused_org"))


def test_a_complaint_from_intake_to_closed(
    case: Case, collector: User, compliance_officer: User, clerk: User, manager: User
) -> None:
    one = complained(case, Accused(About.COLLECTOR, collector), actor=clerk)
    assert one.due_on == dt.date(2026, 3, 17)
    assert holds(case, MONDAY) == {(collector.pk, "")}

    with pytest.raises(ComplaintRefused, match="没有办理投诉的权限"):
        assign(complaint=one, handler=collector, actor=manager, now=MONDAY)
    assign(complaint=one, handler=compliance_officer, actor=manager, now=MONDAY)
    decide(
        complaint=one, outcome="upheld", finding="录音中确有辱骂", remedy="致歉", actor=compliance_officer, now=days(3),
        responsible={one.subjects.get().pk: True},
    )  # fmt: skip
    closed = close(complaint=one, answered="电话致歉并寄出答复函", actor=compliance_officer, now=days(15, 23))
    assert closed.rounds.get().in_time
    assert holds(case, days(15, 23)) == set()

    again = reopen(complaint=one, reason="投诉人不接受", actor=compliance_officer, now=days(20))
    assert (again.round, again.due_on) == (2, dt.date(2026, 4, 6))
    assert holds(case, days(20)) == {(collector.pk, "")}
    assert [one.in_time for one in again.rounds.order_by("number")] == [True, None]


def test_the_last_complaint_about_somebody_lifts_the_hold_not_the_first(
    case: Case, collector: User, compliance_officer: User, manager: User
) -> None:
    first = complained(case, Accused(About.COLLECTOR, collector))
    second = complained(case, Accused(About.COLLECTOR, collector), Accused(About.AGENCY, org="agency-1"), type="hours")
    assert holds(case, MONDAY) == {(collector.pk, ""), (None, "agency-1")}
    for number, one in enumerate((first, second), start=1):
        assign(complaint=one, handler=compliance_officer, actor=manager, now=MONDAY)
        decide(
            complaint=one, outcome="not_upheld", finding="查无此事", responsible={}, actor=compliance_officer,
            now=days(number),
        )  # fmt: skip
        close(complaint=one, answered="已电话答复", actor=compliance_officer, now=days(number))
        left = {(collector.pk, ""), (None, "agency-1")} if number == 1 else set()
        assert holds(case, days(number)) == left


def test_the_same_matter_twice_is_one_complaint_with_both_that_it_is_about(
    case: Case, collector: User, compliance_officer: User
) -> None:
    first = complained(case, Accused(About.COLLECTOR, collector))
    twin = complained(case, Accused(About.FEE), source="12378", source_ref="A-1")
    joined = join(complaint=twin, to=first, actor=compliance_officer, now=days(1))
    assert (joined.state, joined.joined_to_id) == (ComplaintState.JOINED, first.pk)
    assert set(first.subjects.values_list("about", flat=True)) == {"collector", "fee"}
    assert list(Complaint.objects.counted()) == [first]
    with pytest.raises(ComplaintRefused, match="已登记过"):
        complained(case, source="12378", source_ref="A-1")


def test_more_time_goes_step_by_step_and_the_second_needs_another_person(
    case: Case, compliance_officer: User, manager: User
) -> None:
    one = complained(case)
    assign(complaint=one, handler=compliance_officer, actor=manager, now=MONDAY)
    extend(complaint=one, complexity=Complexity.COMPLEX, reason="须调取录音", actor=compliance_officer, now=days(5))
    with pytest.raises(ComplaintRefused, match="由另一人批准"):
        extend(complaint=one, complexity=Complexity.SPECIAL, reason="等待机构", actor=compliance_officer, now=days(6))
    special = extend(complaint=one, complexity=Complexity.SPECIAL, reason="等待机构", actor=manager, now=days(6))
    assert special.due_on == dt.date(2026, 5, 1)
    dispute = complained(case, type="credit_report")
    assert dispute.due_on == dt.date(2026, 3, 22)
    with pytest.raises(ComplaintRefused, match="不能延期"):
        extend(complaint=dispute, complexity=Complexity.COMPLEX, reason="忙", actor=manager, now=days(5))


def test_whom_it_is_about_and_their_lead_neither_see_nor_handle_it(
    case: Case, collector: User, team_leader: User, supervisor: User, manager: User
) -> None:
    lead = create_user(
        username="lead.both", display_name="双职", password="a-password-for-tests", unit="team-a",
        roles=[Role.TEAM_LEADER, Role.COMPLIANCE], actor=None,
    )  # fmt: skip
    one = complained(case, Accused(About.COLLECTOR, collector))
    about_supervisor = complained(case, Accused(About.COLLECTOR, supervisor), type="service")
    with pytest.raises(ComplaintRefused, match="直接上级"):
        assign(complaint=one, handler=lead, actor=manager, now=MONDAY)
    with pytest.raises(ComplaintRefused, match="被投诉人不能"):
        assign(complaint=about_supervisor, handler=supervisor, actor=manager, now=MONDAY)
    assert assign(complaint=one, handler=supervisor, actor=manager, now=MONDAY).handler == supervisor
    assert list(Complaint.objects.for_user(supervisor)) == [one]
    assert list(Complaint.objects.for_user(collector)) == []
    assert set(Complaint.objects.for_user(team_leader)) == {one, about_supervisor}
