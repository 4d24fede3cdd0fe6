"""A breach on its way: found by the log or said by somebody, put right by one person, found settled by another."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agents.reviews.month_facts import month_facts
from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value
from collection_ops.core.invariants import check_all
from collection_ops.core.models import Notification, User
from collection_ops.core.services.accounts import create_user
from compliance.breaching import handling
from compliance.breaching.figures import month
from compliance.breaching.kinds import DAYS, severity_of
from compliance.breaching.overdue import chase
from compliance.breaching.refusals import BreachRefused
from compliance.breaching.register import report_breach
from compliance.breaching.selectors import repeated
from compliance.complaints.handling import assign, decide
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.models import About, Breach, BreachCase, BreachSeverity, BreachStep, ContactAttempt
from compliance.services.log import PastContact, mark_misdirected, record_past, record_past_contacts
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import Person, monday
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
NOW = monday("10:00", day=3)


def night_call(person: Person, at: str = "23:00", **options) -> ContactAttempt:
    return record_past(
        case=person.card, point=person.mobile, channel="call", result="no_answer", started_at=monday(at),
        now=monday("23:30"), **{"actor": None, "org": "agency-a", **options},
    )  # fmt: skip


def reported(user: User, *, kind: str = "B01.2", actor: User | None = None, **more) -> BreachCase:
    given = {"severity": None, "what": "在电话里辱骂客户", "now": NOW, **more}
    return report_breach(kind=kind, user=user, actor=actor, **given)


def other_officer() -> User:
    return create_user(
        username="tan.compliance", display_name="谭合规", password="x" * 20, roles=[Role.COMPLIANCE], actor=None
    )


def days(count: int) -> dt.datetime:
    return NOW + dt.timedelta(days=count)


def steps(row: BreachCase) -> list[str]:
    return list(row.steps.order_by("pk").values_list("kind", flat=True))


def test_a_breach_is_put_right_by_one_person_and_closed_by_another(
    collector: User, supervisor: User, compliance_officer: User, manager: User
) -> None:
    row = reported(collector, actor=compliance_officer)
    assert (row.severity, row.due_on, row.source, row.org) == (3, dt.date(2026, 3, 6), "hand", "own")
    with pytest.raises(BreachRefused, match="没有处理违规的权限"):
        handling.take(row=row, owner=manager, actor=supervisor, now=NOW)
    handling.take(row=row, owner=supervisor, actor=compliance_officer, now=NOW)
    assert Notification.objects.get(kind="breach.about_you").user == collector

    with pytest.raises(BreachRefused, match="只有负责人"):
        handling.remedy(row=row, words="已辅导", actor=compliance_officer, now=days(1))
    with pytest.raises(BreachRefused, match="请写明整改措施"):
        handling.remedy(row=row, words=" ", actor=supervisor, now=days(1))
    handling.remedy(row=row, words="已辅导", evidence="辅导记录 12", actor=supervisor, now=days(1))
    handling.send_back(row=row, words="缺少客户致歉", actor=compliance_officer, now=days(2))
    with pytest.raises(BreachRefused, match="已是“整改中”"):
        handling.close(row=row, words="可以", actor=compliance_officer, now=days(2))
    handling.remedy(row=row, words="已辅导并向客户致歉", actor=supervisor, now=days(3))
    with pytest.raises(BreachRefused, match="没有复核违规的权限"):
        handling.close(row=row, words="可以", actor=supervisor, now=days(3))
    done = handling.close(row=row, words="措施到位", actor=compliance_officer, now=days(9))

    assert (done.state, done.closed_by) == ("closed", compliance_officer)
    assert steps(row) == ["opened", "assigned", "remedied", "sent_back", "remedied", "closed"]
    assert done.steps.get(kind="closed").data == {"in_time": True}, "put right on the last day, reviewed later"


def test_neither_the_owner_nor_whoever_did_it_finds_it_settled(collector: User, compliance_officer: User) -> None:
    own = reported(collector)
    handling.take(row=own, owner=compliance_officer, actor=compliance_officer, now=NOW)
    handling.remedy(row=own, words="已辅导", actor=compliance_officer, now=NOW)
    for act in (handling.close, handling.send_back, handling.dismiss):
        with pytest.raises(BreachRefused, match="负责人不能复核自己的整改"):
            act(row=own, words="可以", actor=compliance_officer, now=NOW)
    handling.close(row=own, words="可以", actor=other_officer(), now=NOW)

    officers = reported(compliance_officer)
    with pytest.raises(BreachRefused, match="当事人不能处理自己的违规"):
        handling.dismiss(row=officers, words="没有这回事", actor=compliance_officer, now=NOW)
    with pytest.raises(BreachRefused, match="当事人不能负责"):
        handling.take(
            row=officers, owner=compliance_officer, actor=User.objects.get(username="tan.compliance"), now=NOW
        )


@pytest.mark.parametrize(
    "wrong", [{"closed_by": "owner"}, {"closed_by": "user"}, {"owner": "user"}, {"closed_by": None}], ids=str
)
def test_the_database_holds_that_another_person_closes(
    wrong: dict, collector: User, supervisor: User, compliance_officer: User
) -> None:
    row = reported(collector)
    people = {"owner": supervisor, "user": collector}
    right = {
        "state": "closed",
        "owner": supervisor,
        "remedied_at": NOW,
        "closed_at": NOW,
        "closed_by": compliance_officer,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        BreachCase.objects.filter(pk=row.pk).update(**{**right, **{name: people.get(of) for name, of in wrong.items()}})
    assert BreachCase.objects.filter(pk=row.pk).update(**right) == 1


def test_the_register_follows_the_log_until_a_person_has_settled_it(
    person: Person, collector: User, compliance_officer: User
) -> None:
    attempt = night_call(person, actor=collector, org="own")
    row = BreachCase.objects.get()
    assert (row.kind, row.severity, row.user, row.due_on) == ("CN-T-01", 2, collector, dt.date(2026, 3, 9))
    assert steps(row) == ["opened"]

    mark_misdirected(attempt=attempt, actor=collector, now=NOW)
    row.refresh_from_db()
    assert row.state == "withdrawn"
    mark_misdirected(attempt=attempt, misdirected=False, actor=collector, now=days(3))
    row.refresh_from_db()
    assert (row.state, row.due_on) == ("open", dt.date(2026, 3, 13))

    handling.dismiss(row=row, words="客户在境外，当地是白天", actor=compliance_officer, now=days(3))
    mark_misdirected(attempt=attempt, actor=collector, now=days(4))
    mark_misdirected(attempt=attempt, misdirected=False, actor=collector, now=days(5))
    row.refresh_from_db()
    assert (row.state, Breach.objects.get().state) == ("dismissed", "open")
    assert steps(row) == ["opened", "withdrawn", "back", "dismissed"]


def test_a_file_of_an_agency_brings_its_breaches_in_a_handful_of_statements(person: Person, collector: User) -> None:
    def registers(cases: list[Case]) -> int:
        calls = [PastContact(case, None, "call", "no_answer", monday("23:00")) for case in cases]
        before = BreachCase.objects.count()
        with CaptureQueriesContext(connection) as queries:
            record_past_contacts(calls, actor=None, now=monday("23:30"), org="agency-a")
        assert BreachCase.objects.count() - before == len(cases)
        return sum("breachcase" in one["sql"] or "breachstep" in one["sql"] for one in queries)

    assert registers([make_case(desk=desk_of(collector)) for _n in range(6)]) == registers([person.card]) <= 4
    assert BreachStep.objects.count() == 7


def test_whom_a_file_tells_of_is_counted_anew_in_as_many_statements_for_many_as_for_one(
    person: Person, collector: User
) -> None:
    def statements(cases: list[Case]) -> int:
        """Each was called before, so that the day's third call is one too many whoever told of it."""
        for hour in ("09:00", "10:00"):
            calls = [PastContact(case, None, "call", "right_party", monday(hour)) for case in cases]
            record_past_contacts(calls, actor=None, now=monday("23:30"), org="agency-a")
        calls = [PastContact(case, None, "call", "right_party", monday("23:00")) for case in cases]
        with CaptureQueriesContext(connection) as queries:
            record_past_contacts(calls, actor=None, now=monday("23:30"), org="agency-a")
        return len(queries)

    many = [make_case(desk=desk_of(collector)) for _n in range(6)]
    assert statements(many) == statements([person.card])
    together = {one.attempt.debtor_id: set() for one in Breach.objects.select_related("attempt")}
    for one in Breach.objects.select_related("attempt"):
        together[one.attempt.debtor_id].add((one.pack, one.rule, one.observed, one.limit))
    assert len(together) == 7 and len(set(map(frozenset, together.values()))) == 1, "each by their own log alone"


def test_the_severity_of_a_kind_comes_from_the_table_or_the_rule() -> None:
    assert [severity_of(kind) for kind in ("B01.1", "B01.4", "CN-B-05", "B01.5", "CN-T-01", "CN-F-04A", "X-1")] == [
        3, 3, 3, 2, 2, 1, 1,
    ]  # fmt: skip


def test_weighing_it_anew_moves_the_days_and_only_compliance_makes_it_lighter(
    collector: User, supervisor: User, compliance_officer: User
) -> None:
    row = reported(collector, kind="B01.6")
    with pytest.raises(BreachRefused, match="调低严重程度须由合规决定"):
        handling.weigh(row=row, severity=1, reason="初犯", actor=supervisor, now=NOW)
    with pytest.raises(BreachRefused, match="没有变化"):
        handling.weigh(row=row, severity=2, reason="维持", actor=supervisor, now=NOW)
    assert handling.weigh(row=row, severity=3, reason="录音里有威胁", actor=supervisor, now=NOW).due_on == dt.date(
        2026, 3, 6
    )
    assert handling.weigh(row=row, severity=1, reason="误听", actor=compliance_officer, now=NOW).due_on == dt.date(
        2026, 3, 18
    )


def test_the_days_of_a_remedy_are_a_setting(collector: User, compliance_officer: User) -> None:
    day = dt.date(2026, 3, 3)
    set_value(DAYS[BreachSeverity.CRITICAL], 1, effective_from=day, reason="从严", actor=compliance_officer, now=NOW)
    assert reported(collector).due_on == dt.date(2026, 3, 4)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "B01.9"}, "没有“B01.9”这种违规类型"),
        ({"what": "  "}, "请写明发生了什么"),
        ({"severity": 7}, "请选择严重程度"),
        ({"found_on": dt.date(2026, 3, 4)}, "发现日期不能晚于今天"),
        ({"user": None}, "请指明当事人或机构"),
    ],
    ids=str,
)
def test_what_is_not_a_breach_that_can_be_registered(wrong: dict, sentence: str, collector: User) -> None:
    given = {"kind": "B01.2", "severity": None, "what": "辱骂", "actor": None, "now": NOW, "user": collector, **wrong}
    with pytest.raises(BreachRefused, match=sentence):
        report_breach(**given)
    assert not BreachCase.objects.exists()


def test_the_same_finding_of_a_check_is_one_matter_and_that_of_another_check_another(collector: User) -> None:
    first = reported(collector, check_number=7)
    assert reported(collector, check_number=7) == first
    assert reported(collector, check_number=8) != first
    assert (first.source, BreachCase.objects.count()) == ("quality", 2)


def test_an_upheld_complaint_about_conduct_is_a_breach_and_none_when_it_was_decided_anew(
    collector: User, compliance_officer: User, manager: User
) -> None:
    def complained(type: str):
        case = make_case(desk=desk_of(collector))
        said = Said(source="hotline", type=type, narrative="被骂", received_at=NOW)
        accused = [Accused(About.COLLECTOR, collector)]
        one = receive(said=said, whose=Whose(debtor=case.loan.debtor), accused=accused, actor=None, now=NOW)
        return assign(complaint=one, handler=compliance_officer, actor=manager, now=NOW)

    def decided(one, outcome: str, blamed: bool) -> None:
        decide(
            complaint=one, outcome=outcome, finding="查明", remedy="致歉", actor=compliance_officer, now=NOW,
            responsible={one.subjects.get().pk: blamed},
        )  # fmt: skip

    decided(complained("fee"), "upheld", True)
    assert not BreachCase.objects.exists(), "fees are no conduct"
    threat = complained("threat")
    decided(threat, "not_upheld", False)
    assert not BreachCase.objects.exists()
    decided(threat, "partly", True)
    row = BreachCase.objects.get()
    assert (row.kind, row.user, row.complaint, row.state) == ("B01.2", collector, threat, "open")
    decided(threat, "not_upheld", False)
    decided(threat, "upheld", True)
    row.refresh_from_db()
    assert (BreachCase.objects.count(), row.state) == (1, "open")
    assert steps(row) == ["opened", "withdrawn", "back"]


def test_the_person_concerned_says_something_and_nobody_else_for_them(
    collector: User, team_leader: User, compliance_officer: User
) -> None:
    row = reported(collector)
    with pytest.raises(BreachRefused, match="只有当事人"):
        handling.state_own(row=row, words="不是我", actor=team_leader, now=NOW)
    handling.state_own(row=row, words="录音里是客户在骂", actor=collector, now=NOW)
    assert row.steps.get(kind="statement").words == "录音里是客户在骂"
    handling.dismiss(row=row, words="录音核实，不是催收员", actor=compliance_officer, now=NOW)
    with pytest.raises(BreachRefused, match="已是“不构成违规”"):
        handling.state_own(row=row, words="谢谢", actor=collector, now=NOW)


def test_what_is_overdue_is_told_once_a_step_to_the_owner_and_then_to_whoever_closes(
    collector: User, supervisor: User, compliance_officer: User
) -> None:
    owned, unowned = reported(collector), reported(collector, kind="B01.1")
    handling.take(row=owned, owner=supervisor, actor=compliance_officer, now=NOW)
    Notification.objects.all().delete()
    assert chase(now=days(3)) == 0, "the last day is not over"
    assert (chase(now=days(4)), chase(now=days(4)), chase(now=days(5))) == (2, 0, 0)
    told = set(Notification.objects.values_list("kind", "user__username"))
    assert told == {
        ("breach.overdue", supervisor.username),
        ("breach.overdue_unowned", supervisor.username),
        ("breach.overdue_unowned", compliance_officer.username),
    }
    handling.remedy(row=owned, words="已辅导", actor=supervisor, now=days(5))
    assert (chase(now=days(8)), chase(now=days(9)), chase(now=days(10)), chase(now=days(11))) == (0, 1, 0, 1)
    assert chase(now=days(12)) == 0
    assert Notification.objects.get(kind="breach.review_waits").user == compliance_officer
    assert Notification.objects.get(kind="breach.overdue_long").params == {"count": 1, "days": 7}
    unowned.refresh_from_db()
    assert unowned.escalated == 2


def test_figures_of_a_month_leave_out_what_was_none(
    collector: User, supervisor: User, compliance_officer: User
) -> None:
    rows = [reported(collector, kind=kind) for kind in ("B01.1", "B01.2", "B01.6", "B01.6")]
    reported(collector, found_on=dt.date(2026, 2, 28))
    handling.dismiss(row=rows[3], words="误报", actor=compliance_officer, now=NOW)
    handling.take(row=rows[0], owner=supervisor, actor=compliance_officer, now=NOW)
    handling.remedy(row=rows[0], words="已辅导", actor=supervisor, now=days(9))
    handling.close(row=rows[0], words="可以", actor=compliance_officer, now=days(9))
    found = month(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    assert (found.found, found.closed, found.in_time, found.standing, found.overdue) == (3, 1, 0, 2, 2)
    assert (found.dismissed, found.withdrawn) == (1, 0)
    assert found.by_severity == {3: 2, 2: 1}
    assert found.by_source == {"hand": 3}


def test_who_did_the_same_before_is_shown_for_ninety_days(collector: User, team_leader: User) -> None:
    old = reported(collector, found_on=dt.date(2025, 12, 2))
    again = reported(collector, found_on=dt.date(2025, 12, 3))
    reported(collector, kind="B01.6")
    reported(team_leader)
    row = reported(collector)
    hint = repeated(row)
    assert (hint.same_person, hint.same_kind, hint.both) == (2, 2, [again])
    assert old not in hint.both


def test_what_was_no_breach_does_not_count_in_a_persons_month(
    person: Person, collector: User, compliance_officer: User
) -> None:
    night_call(person, actor=collector, org="own")

    def counted() -> int:
        return int(
            month_facts(month=dt.date(2026, 3, 1), users=[collector.pk], now=days(9))[collector.pk].number("breaches")
        )

    assert counted() == 1
    handling.dismiss(row=BreachCase.objects.get(), words="客户约定夜间", actor=compliance_officer, now=NOW)
    assert counted() == 0


def test_the_invariant_finds_a_breach_that_the_register_does_not_know(person: Person) -> None:
    def broken() -> int:
        return next(found["count"] for found in check_all(now=NOW) if found["code"] == "I14d")

    attempt = night_call(person)
    assert broken() == 0
    Breach.objects.create(attempt=attempt, pack="CN-DEFAULT", rule="CN-F-01")
    Breach.objects.filter(rule="CN-T-01").update(state="withdrawn")
    assert broken() == 2


def test_steps_and_matters_cannot_be_taken_out_of_the_tables(collector: User) -> None:
    reported(collector)
    for act in (
        lambda: BreachStep.objects.update(kind="noted"),
        lambda: BreachStep.objects.all().delete(),
        lambda: BreachCase.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="is kept"), transaction.atomic():
            act()


@pytest.mark.django_db(transaction=True)
def test_two_people_close_the_same_matter_at_once_and_one_is_told_that_it_is_done(
    collector: User, supervisor: User, compliance_officer: User
) -> None:
    row, second = reported(collector), other_officer()
    handling.take(row=row, owner=supervisor, actor=compliance_officer, now=NOW)
    handling.remedy(row=row, words="已辅导", actor=supervisor, now=NOW)
    results = at_once(
        lambda: handling.close(row=row, words="到位", actor=compliance_officer, now=NOW),
        lambda: handling.dismiss(row=row, words="不是违规", actor=second, now=NOW),
        lambda: handling.close(row=row, words="到位", actor=second, now=NOW),
    )
    assert sum(isinstance(one, BreachCase) for one in results) == 1
    assert sum(isinstance(one, BreachRefused) for one in results) == 2
    assert row.steps.filter(kind__in=["closed", "dismissed"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_believe_that_they_settled_it(
    collector: User, supervisor: User, compliance_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, second = reported(collector), other_officer()
    handling.take(row=row, owner=supervisor, actor=compliance_officer, now=NOW)
    handling.remedy(row=row, words="已辅导", actor=supervisor, now=NOW)
    both = threading.Barrier(2)

    def unlocked(one: BreachCase, *states: str) -> BreachCase:
        found = BreachCase.objects.get(pk=one.pk)
        both.wait(timeout=10)
        return found

    monkeypatch.setattr(handling, "_locked", unlocked)
    at_once(
        lambda: handling.close(row=row, words="到位", actor=compliance_officer, now=NOW),
        lambda: handling.dismiss(row=row, words="不是违规", actor=second, now=NOW),
    )
    assert row.steps.filter(kind__in=["closed", "dismissed"]).count() == 2
