"""What raises a rectification: a person, or what happened, once."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import AuditEvent, Notification, User
from compliance.complaints.rates import rates
from tests.cases.builders import make_case
from tests.compliance.complaints.builders import complained, decided, handled
from tests.core.races import at_once
from tests.vendors.rectification.cast import answered, breach, late_contact, make_agency, raised, today
from vendors.agencies.standing import expired_papers
from vendors.models import Agency, AgencyDocument, AgencyState, Rectification
from vendors.rectification import handling, limits, raising
from vendors.rectification.refusals import RectificationRefused
from vendors.rectification.rules import Rule, all_rules, fresh, register_rule
from vendors.settlement.events import conduct_of
from vendors.tasks import follow_rectifications

pytestmark = pytest.mark.django_db
MONTH = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


def raise_due() -> int:
    return raising.raise_due(now=timezone.now())


def test_a_person_raises_one_with_problems_and_a_day_and_no_second_for_the_same_matter(
    vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency()
    with pytest.raises(RectificationRefused, match="权限"):
        raised(agency, supervisor)
    for missing in ({"demand": " "}, {"findings": ["", " "]}, {"ground": "critical_breach"}):
        with pytest.raises(RectificationRefused):
            raised(agency, vendor_manager, **missing)
    row = raised(agency, vendor_manager)
    assert row.number.startswith("ZG") and row.due_on > today() + dt.timedelta(days=10)
    assert [(one.number, one.what) for one in row.findings.all()] == [(1, "名单存于个人电脑"), (2, "账号共用")]
    assert [one.kind for one in row.steps.all()] == ["raised"]
    assert AuditEvent.objects.filter(action="rectification.raised", object_id=str(row.pk)).count() == 1
    with pytest.raises(RectificationRefused, match=row.number):
        raised(agency, vendor_manager)
    raised(agency, vendor_manager, ground="hand_effect")
    with pytest.raises(IntegrityError), transaction.atomic():
        Rectification.objects.create(
            number="X",
            agency=agency,
            rule=row.rule,
            period=row.period,
            demand="x",
            due_on=today(),
            raised_at=row.raised_at,
        )
    Agency.objects.filter(pk=agency.pk).update(state=AgencyState.APPLYING)
    with pytest.raises(RectificationRefused, match="合作中"):
        raised(agency, vendor_manager, ground="hand_data")


def test_a_critical_breach_raises_one_the_same_night_and_never_again(vendor_manager: User, supervisor: User) -> None:
    agency, other = make_agency("ag-a"), make_agency("ag-b")
    first = breach("ag-a")
    breach("ag-b", severity=2)
    assert raise_due() == 1, "one breach that is not critical is not enough"
    row = Rectification.objects.get(agency=agency)
    finding = row.findings.get()
    assert (row.rule, finding.count, finding.refs) == ("critical_breach", 1, {"breaches": [str(first.pk)]})
    assert Notification.objects.filter(kind="rectification.raised", user=vendor_manager).count() == 1
    assert [raise_due(), raise_due()] == [0, 0]

    # Settled, it is not raised again for what it named; another breach is another matter.
    handling.accept(row=answered(row, vendor_manager), words="到位", actor=supervisor, now=timezone.now())
    assert raise_due() == 0
    second = breach("ag-a")
    assert raise_due() == 1
    again = Rectification.objects.filter(agency=agency).latest("pk")
    assert again.findings.get().refs == {"breaches": [str(second.pk)]}
    assert not Rectification.objects.filter(agency=other).exists()


def test_three_breaches_two_complaints_three_late_days_or_an_expired_paper_raise_one_each(
    collector: User, compliance_officer: User, manager: User
) -> None:
    agency = make_agency("ag-a")
    for _n in range(2):
        breach("ag-a", severity=2)
    case = make_case(days=95)
    first = today().replace(day=1)
    start = (first - dt.timedelta(days=1)).replace(day=1)
    for n in range(2):
        late_contact(case, "ag-a", start + dt.timedelta(days=n))
    assert raise_due() == 0, "not enough of either"
    breach("ag-a", severity=1)
    late_contact(case, "ag-a", start + dt.timedelta(days=2))
    assert raise_due() == 2
    yesterday = today() - dt.timedelta(days=1)
    AgencyDocument.objects.filter(agency=agency, kind="licence").update(valid_until=yesterday)
    assert raise_due() == 1
    found = {row.rule: row.findings.get().refs for row in Rectification.objects.all()}
    assert set(found) == {"breaches", "late_files", "papers"}
    assert found["papers"] == {"papers": [f"licence:{yesterday}"]}
    assert found["late_files"] == {"days": [str(start + dt.timedelta(days=n)) for n in range(3)]}


def test_the_limits_are_dated_settings(manager: User) -> None:
    make_agency("ag-a")
    breach("ag-a")
    set_value(limits.CRITICAL_LEAST, 2, effective_from=today(), reason="试行", actor=manager, now=timezone.now())
    assert raise_due() == 0
    breach("ag-a")
    assert raise_due() == 1
    assert Rectification.objects.get().findings.get().count == 2


def test_upheld_complaints_are_those_that_the_complaint_rate_counts(compliance_officer: User, supervisor: User) -> None:
    """The settlement and the rules name each complaint; the rate only counts: they must not differ."""
    from compliance.complaints.register import Accused
    from compliance.models import About

    agency, _other = make_agency("ag-a"), make_agency("ag-b")
    now = timezone.make_aware(dt.datetime(2026, 3, 2, 10))
    orgs = ("ag-a", "ag-a", "ag-a", "ag-b")
    made = [complained(make_case(), Accused(About.AGENCY, org=org), now=now) for org in orgs]
    for one, outcome in zip(made, ("upheld", "not_upheld", "", "upheld"), strict=True):
        handled(one, supervisor, by=compliance_officer, now=now)
        if outcome:
            decided(one, compliance_officer, outcome=outcome, blame=outcome == "upheld", now=now)
    found = conduct_of([agency], *MONTH, timezone.now())[agency.pk]
    assert found.complaints == (made[0].pk,)
    (line,) = [one for one in rates(*MONTH, "org", agencies=True, known_by=timezone.now()) if one.key == "ag-a"]
    assert line.counts.upheld == len(found.complaints)


def test_the_night_three_times_raises_once(vendor_manager: User) -> None:
    make_agency("ag-a")
    breach("ag-a")
    for _n in range(3):
        follow_rectifications()
    assert Rectification.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_nights_at_once_raise_once(vendor_manager: User) -> None:
    make_agency("ag-a")
    breach("ag-a")
    assert sorted(at_once(raise_due, raise_due)) == [0, 1]
    assert Rectification.objects.count() == 1


def test_a_rule_is_added_with_one_registration(vendor_manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from vendors.rectification import rules

    monkeypatch.setattr(rules, "_rules", dict(rules._rules))
    agency = make_agency("ag-a")
    register_rule(
        Rule(
            "test_grade",
            label="等级过低",
            kind="scorecards",
            least=limits.PAPERS_LEAST,
            wording="%(month)s 等级 D",
            refs=lambda agencies, span: {one.pk: ["2026-03:D"] for one in agencies},
        )
    )
    with pytest.raises(LookupError, match="test_grade"):
        register_rule(all_rules()[-1])
    assert raise_due() == 1
    assert Rectification.objects.get(agency=agency).rule == "test_grade"


@given(refs=st.lists(st.integers(0, 20).map(str)), seen=st.sets(st.integers(0, 20).map(str)), least=st.integers(1, 10))
def test_what_was_named_is_never_named_again_and_less_than_enough_is_nothing(refs, seen, least) -> None:
    found = fresh(refs, seen, least)
    assert not set(found) & seen and len(found) == len(set(found))
    assert set(found) == (set(refs) - seen if len(set(refs) - seen) >= least else set())
    assert fresh(refs, seen | set(found), least) == [] or not found


def test_a_paper_is_over_the_day_after_its_last_day() -> None:
    from tests.vendors.agencies.builders import DAY, LONG_AGO, facts
    from vendors.agencies.standing import Paper

    found = facts(documents={"licence": Paper(LONG_AGO, DAY), "security": Paper(LONG_AGO)})
    assert expired_papers(found, DAY) == []
    assert expired_papers(found, DAY + dt.timedelta(days=1)) == [("licence", DAY)]


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_two_nights_find_the_same_and_only_the_constraint_holds(
    vendor_manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_agency("ag-a")
    breach("ag-a")
    both_read, look = threading.Barrier(2, timeout=10), raising.seen_before

    def together(agencies: list[Agency]) -> dict[tuple[int, str], set[str]]:
        both_read.wait()
        return look(agencies)

    monkeypatch.setattr(raising, "seen_before", together)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self)
    told = at_once(raise_due, raise_due)
    assert sorted(type(one).__name__ for one in told) == ["RectificationRefused", "int"]
    assert Rectification.objects.count() == 1
