"""How many queries the book's pages make, whatever the number of rows. When a number changes: look, then re-record."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import PlanKind, Promise, PromiseMoney, Repayment, Waiver
from cases.plans.schedule import Terms
from cases.services.holds import place_hold
from cases.services.plans import propose_plan
from cases.services.risk import Step, decide_risk, raise_risk
from collection_ops.core import clock
from tests.cases.builders import AS_OF, add_position, desk_of, make_case

# What the frame of every page costs: session, person, roles, second factor, counts of the bell, freshness in the top bar.
FRAME_TABLES = ("django_session", "core_user", "core_rolegrant", "core_workerbeat", "otp_", "SAVEPOINT")


def own_queries(client: Client, url: str) -> list[str]:
    """Queries of the page itself, the second time it is asked for (process caches are warm)."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(url)
    assert response.status_code == 200
    frame = 'SELECT DISTINCT ON ("cases_importrun"."source_id")'
    return [
        query["sql"]
        for query in captured
        if not any(table in query["sql"] for table in FRAME_TABLES) and not query["sql"].startswith(frame)
    ]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("route", "budget"),
    [("cases:list", 6), ("cases:absences", 5)],
    ids=lambda v: str(v),
)
def test_a_list_costs_the_same_for_three_rows_as_for_sixty(client_as: Callable, supervisor, route, budget):
    client, url = client_as(supervisor), reverse(route)

    def add(cases: int) -> None:
        for number in range(cases):
            case = make_case()
            if number % 2:
                type(case).objects.filter(pk=case.pk).update(absent_since=AS_OF)

    add(3)
    few = own_queries(client, url)
    add(57)
    many = own_queries(client, url)
    assert len(many) <= budget, "\n".join(many)
    assert len(many) - len(few) <= 1, "rows must not cost queries"


@pytest.mark.parametrize(
    "tab", ["timeline", "money", "agreements", "plans", "care", "contacts", "debts", "files", "custody"]
)
def test_a_record_costs_the_same_for_a_long_life_as_for_a_short_one(client_as: Callable, supervisor, tab):
    import datetime as dt

    case = make_case(days=1, as_of=dt.date(2026, 1, 1), phones=("13911112222",))
    client, url = client_as(supervisor), f"{reverse('cases:record', args=[case.pk])}?tab={tab}"
    few = own_queries(client, url)
    for day in range(2, 29):
        add_position(case, dt.date(2026, 1, day), days=day, total=f"{day}.00")
    make_case(debtor=case.loan.debtor)
    many = own_queries(client, url)
    assert len(many) <= 14, "\n".join(many)
    assert len(many) - len(few) <= 1


def test_plans_cost_the_same_for_three_as_for_thirty(client_as: Callable, supervisor, collector):
    client, url = client_as(supervisor), reverse("cases:plans")

    def propose(plans: int) -> None:
        for _one in range(plans):
            case = make_case(desk=desk_of(collector))
            terms = Terms(PlanKind.INSTALMENTS, case.total, first_on=timezone.localdate(), count=12)
            propose_plan(case=case, terms=terms, actor=collector, now=timezone.now())

    propose(3)
    few = own_queries(client, url)
    propose(27)
    many = own_queries(client, url)
    assert len(many) <= 4, "\n".join(many)
    assert len(many) == len(few)


@pytest.mark.parametrize("route", [("compliance:rules",), ("compliance:rule", "CN-T-01")], ids=lambda r: r[0])
def test_the_rules_are_read_from_their_files_and_what_was_changed(client_as: Callable, supervisor, route):
    asked = own_queries(client_as(supervisor), reverse(route[0], args=route[1:]))
    assert len(asked) == 1 and "compliance_rulechange" in asked[0], "\n".join(asked)


@pytest.mark.parametrize("show", ["now", "ending", "unproven"])
def test_the_holds_cost_the_same_for_three_persons_as_for_forty(client_as: Callable, supervisor, show):
    client, url = client_as(supervisor), f"{reverse('cases:holds')}?show={show}"

    def add(cases: int) -> None:
        for _n in range(cases):
            now = clock.now()
            for type in ("illness", "deceased"):
                place_hold(
                    debtor=make_case().loan.debtor, type=type, reason="来电", actor=supervisor, now=now,
                    ends_at=now + timedelta(days=3),
                )  # fmt: skip

    add(3)
    few = own_queries(client, url)
    add(20)
    many = own_queries(client, url)
    assert len(many) == len(few) <= 3, "\n".join(many)


@pytest.mark.parametrize("show", ["waiting", "active", "mine"])
def test_flags_plans_and_steps_cost_the_same_for_two_cases_as_for_twenty(
    client_as: Callable, supervisor, collector, show
):
    client, url = client_as(supervisor), f"{reverse('cases:risks')}?show={show}"

    def add(cases: int) -> None:
        for _n in range(cases):
            given = {"evidence": "来电：失业", "proposal": "assistance", "actor": collector, "now": clock.now()}
            case = make_case()
            raise_risk(case=case, type="high", **given)
            flag = raise_risk(case=case, type="hardship", **given)
            step = Step("回访", supervisor, clock.business_date(clock.now()))
            decide_risk(flag=flag, accept=True, reason="属实", actor=supervisor, now=clock.now(), steps=[step])

    add(2)
    few = own_queries(client, url)
    add(18)
    many = own_queries(client, url)
    assert len(many) == len(few) <= 2, "\n".join(many)


def test_what_is_agreed_costs_the_same_for_many_as_for_few(client_as: Callable, supervisor, collector):
    """The list of waivers, and a record with its promises and the money that counts for them."""
    case = make_case(total="9000.00")
    today = AS_OF
    client = client_as(supervisor)
    listed, record = reverse("cases:waivers"), f"{reverse('cases:record', args=[case.pk])}?tab=agreements"

    def add(number: int) -> None:
        for _ in range(number):
            waived = {"fees": 1, "valid_until": today, "needs_high": False, "needs_people": 1, "reason": "失业"}
            Waiver.objects.create(case=make_case(), applied_by=collector, **waived)
            promise = Promise.objects.create(
                case=case, amount=5, enough=5, made_on=today, due_on=today, counts_until=today, owed=9000, stage=2,
                state="kept", paid=5, settled_on=today,
            )  # fmt: skip
            money = Repayment.objects.create(
                source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=today, amount=5,
                status="confirmed",
            )  # fmt: skip
            PromiseMoney.objects.create(promise=promise, repayment=money, amount=5)

    add(2)
    few = [len(own_queries(client, url)) for url in (listed, record)]
    add(20)
    many = [own_queries(client, url) for url in (listed, record)]
    assert [len(queries) for queries in many] == few, many
    assert few[0] <= 2 and few[1] <= 14, few
