"""A batch from the draft to the agencies' desks, with what stays and why."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Case, Custody, Debtor, Hold, HoldType, Loan, PlanKind, Promise
from cases.plans.schedule import Terms
from cases.services.closing import close_case
from cases.services.custody import move_cases
from cases.services.plans import propose_plan
from collection_ops.core.invariants import check_all
from collection_ops.core.models import AuditEvent, User
from compliance.models import Complaint
from tests.cases.builders import AS_OF, desk_of, make_case, make_run, make_source, pool_desk
from tests.core.races import at_once
from tests.vendors.placement.cast import applied, approved, desk_codes, drafted, make_agency, rule_for
from vendors.models import Agency, AgencyState, BatchState, Contract, Placement, PlacementBatch
from vendors.placement import batches
from vendors.placement.rule import PlacementRefused

pytestmark = pytest.mark.django_db


def promise(case: Case) -> Promise:
    return Promise.objects.create(
        case=case, amount=100, enough=100, made_on=AS_OF, due_on=AS_OF, counts_until=AS_OF, owed=case.total,
        stage=case.stage,
    )  # fmt: skip


def hold(case: Case, kind: str, **more: Any) -> Hold:
    since = timezone.now() - dt.timedelta(days=1)
    return Hold.objects.create(debtor=case.loan.debtor, type=kind, since=since, reason="样例", **more)


def complain(case: Case) -> Complaint:
    now = timezone.now()
    return Complaint.objects.create(
        debtor=case.loan.debtor, source="hotline", type="service", category="service", received_at=now,
        received_on=AS_OF, due_on=AS_OF, narrative="样例",
    )  # fmt: skip


def test_two_people_place_a_batch_and_the_book_shows_it(vendor_manager: User, supervisor: User) -> None:
    ours, theirs = make_agency("ag-a"), make_agency("ag-b")
    cases = [make_case(days=95, total="1000.00") for _n in range(10)]
    make_case(days=5)
    rule = rule_for((ours, "70"), (theirs, "30"), stages=[4])
    batch = drafted(vendor_manager, rule)
    assert (batch.as_of, batch.totals["count"], batch.totals["amount"]) == (AS_OF, 10, "10000.00")
    assert batch.number.startswith("WA") and batch.number.endswith("-01")
    assert drafted(vendor_manager, rule).number.endswith("-02")
    assert set(desk_codes().values()) == {"pool"}, "a preview moves nothing"

    with pytest.raises(PlacementRefused, match="状态"):
        batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())
    batches.submit(batch=batch, actor=vendor_manager, now=timezone.now())
    with pytest.raises(PlacementRefused, match="权限"):
        batches.approve(batch=batch, actor=vendor_manager, now=timezone.now())
    batches.approve(batch=batch, actor=supervisor, now=timezone.now())
    done = batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())

    assert done.state == BatchState.APPLIED and done.totals["applied"]["count"] == 10
    placed = {one.case_id: one for one in Placement.objects.filter(batch=batch)}
    assert set(placed) == {case.pk for case in cases}
    assert sorted(desk_codes()[case.pk] for case in cases) == ["ag-a"] * 7 + ["ag-b"] * 3
    one = placed[cases[0].pk]
    assert (one.stage, one.product, str(one.amount), one.stratum) == (4, "信用卡", "1000.00", "4|<5000|信用卡")
    held = Custody.objects.get(case=cases[0], ended_at__isnull=True)
    assert (held.reason, held.moved_by, held.desk_id) == ("placed", vendor_manager, one.agency.desk_id)
    actions = list(AuditEvent.objects.filter(action__startswith="placement.").values_list("action", flat=True))
    assert actions.count("placement.applied") == 1 and "placement.approved" in actions
    assert [row for row in check_all(now=timezone.now()) if row["code"].startswith("I40") and row["count"]] == []


def test_a_manager_who_made_the_batch_cannot_approve_it_and_another_can(
    vendor_manager: User, manager: User, supervisor: User
) -> None:
    from collection_ops.core.access import Role
    from collection_ops.core.services.accounts import grant_role

    grant_role(user=vendor_manager, role=Role.SUPERVISOR, actor=None)
    both = User.objects.get(pk=vendor_manager.pk)
    agency = make_agency()
    make_case()
    batch = drafted(both, rule_for((agency, "100")))
    batches.submit(batch=batch, actor=both, now=timezone.now())
    with pytest.raises(PlacementRefused, match="他人批准"):
        batches.approve(batch=batch, actor=both, now=timezone.now())
    assert batches.approve(batch=batch, actor=manager, now=timezone.now()).approved_by == manager


def test_what_may_not_leave_stays_with_its_reason_and_the_rest_goes(
    vendor_manager: User, supervisor: User, collector: User
) -> None:
    agency = make_agency()
    free = make_case()
    reasons: dict[int, str] = {}

    def stays(case: Case, code: str) -> Case:
        reasons[case.pk] = code
        return case

    promise(stays(make_case(), "promise"))
    planned = stays(make_case(), "plan")
    propose_plan(
        case=planned, terms=Terms(PlanKind.LUMP_SUM, planned.total, first_on=timezone.localdate()),
        actor=supervisor, now=timezone.now(), proof_kind="document", proof_ref="XY-1",
    )  # fmt: skip
    hold(stays(make_case(), "on_hold"), HoldType.ILLNESS, ends_at=timezone.now() + dt.timedelta(days=5))
    hold(stays(make_case(), "protected"), HoldType.DECEASED)
    hold(stays(make_case(), "complaint"), HoldType.COMPLAINT)
    complain(stays(make_case(), "complaint"))
    ended = make_case()
    hold(ended, HoldType.ILLNESS, ends_at=timezone.now() - dt.timedelta(hours=1))
    stays(make_case(desk=desk_of(collector)), "with_collector")
    absent = stays(make_case(), "absent")
    Case.objects.filter(pk=absent.pk).update(absent_since=AS_OF)
    away = stays(make_case(desk=make_agency("ag-z").desk), "with_agency")
    stays(make_case(debtor=away.loan.debtor), "other_agency")

    batch = applied(vendor_manager, supervisor, rule_for((agency, "100")))
    assert {code: sorted(ids) for code, ids in batch.plan.left_out.items()} == {
        code: sorted(case for case, one in reasons.items() if one == code) for code in reasons.values()
    }
    assert {pk for pk, desk in desk_codes().items() if desk == "ag-a"} == {free.pk, ended.pk}
    assert batch.totals["left_out"]["complaint"] == 2


def test_cases_of_collectors_desks_go_only_where_the_rule_says_so(
    vendor_manager: User, supervisor: User, collector: User
) -> None:
    agency = make_agency()
    case = make_case(desk=desk_of(collector))
    with pytest.raises(PlacementRefused, match="没有可委出"):
        batch = drafted(vendor_manager, rule_for((agency, "100")))
        batches.submit(batch=batch, actor=vendor_manager, now=timezone.now())
    applied(vendor_manager, supervisor, rule_for((agency, "100"), places=["pool", "collector"]))
    assert desk_codes()[case.pk] == "ag-a"


def test_a_person_is_kept_whole_also_where_the_rule_finds_only_one_debt(vendor_manager: User, supervisor: User) -> None:
    ours, theirs = make_agency("ag-a"), make_agency("ag-b")
    for _n in range(6):
        first = make_case(days=95, total="9000.00")
        make_case(days=5, total="10.00", debtor=first.loan.debtor)
    batch = applied(vendor_manager, supervisor, rule_for((ours, "50"), (theirs, "50"), stages=[4]))
    assert (batch.totals["chosen"], batch.totals["along"], batch.totals["persons"]) == (6, 6, 6)
    desks: dict[int, set[int]] = {}
    for debtor, desk in Case.objects.values_list("loan__debtor_id", "desk_id"):
        desks.setdefault(debtor, set()).add(desk)
    assert all(len(some) == 1 for some in desks.values())
    assert {row["persons"] for row in batch.totals["agencies"]} == {3}


def test_no_case_comes_twice_to_an_agency_or_to_its_group(vendor_manager: User, supervisor: User) -> None:
    ours, sister, other = make_agency("ag-a", group="甲集团"), make_agency("ag-b", group="甲集团"), make_agency("ag-c")
    case = make_case()
    applied(vendor_manager, supervisor, rule_for((ours, "100")))
    placement = Placement.objects.get()
    move_cases(cases=[case.pk], desk=pool_desk(), reason="recalled", actor=None, now=timezone.now())
    Placement.objects.update(recalled_on=placement.placed_on, recall_reason="days")

    for rule in (rule_for((ours, "100")), rule_for((sister, "100")), rule_for((ours, "50"), (sister, "50"))):
        assert drafted(vendor_manager, rule).totals["left_out"] == {"been_everywhere": 1}
    batch = applied(vendor_manager, supervisor, rule_for((sister, "90"), (other, "10")))
    assert desk_codes()[case.pk] == "ag-c" and batch.totals["applied"]["count"] == 1
    with pytest.raises(IntegrityError), transaction.atomic():  # the database holds it as well
        Placement.objects.create(
            batch=batch, agency=ours, case=case, loan=case.loan, stage=2, amount=1, placed_on=AS_OF, recalled_on=AS_OF
        )


def test_a_case_that_was_with_an_agency_before_there_were_placements_does_not_come_back(vendor_manager: User) -> None:
    ours, other = make_agency("ag-a"), make_agency("ag-b")
    case = make_case(desk=ours.desk)
    move_cases(cases=[case.pk], desk=pool_desk(), reason="recalled", actor=None, now=timezone.now())
    assert drafted(vendor_manager, rule_for((ours, "100"))).totals["left_out"] == {"been_everywhere": 1}
    assert drafted(vendor_manager, rule_for((other, "100"))).totals["count"] == 1


def test_what_moved_between_the_preview_and_the_placement_is_left_out_with_a_sentence(
    vendor_manager: User, supervisor: User, collector: User
) -> None:
    agency = make_agency()
    goes, moved, closed, promised, grown = (make_case() for _n in range(5))
    batch = approved(vendor_manager, supervisor, rule_for((agency, "100")))
    move_cases(cases=[moved.pk], desk=desk_of(collector), reason="assigned", actor=None, now=timezone.now())
    close_case(case=closed, reason="paid", closed_on=AS_OF, actor=None, now=timezone.now())
    promise(promised)
    make_case(debtor=grown.loan.debtor)

    done = batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())
    assert list(Placement.objects.values_list("case_id", flat=True)) == [goes.pk]
    done.plan.refresh_from_db()
    assert done.plan.stayed == {
        "moved": [moved.pk], "closed": [closed.pk], "promise": [promised.pk], "changed": [grown.pk],
    }  # fmt: skip
    assert desk_codes()[moved.pk] == f"desk-{collector.pk}"


def test_nothing_is_applied_when_everything_changed(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency()
    promised = make_case()
    batch = approved(vendor_manager, supervisor, rule_for((agency, "100")))
    promise(promised)
    with pytest.raises(PlacementRefused, match="都已变化"):
        batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())
    batch.refresh_from_db()
    assert batch.state == BatchState.APPROVED


def test_a_second_click_is_told_that_it_is_done(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency()
    make_case()
    batch = applied(vendor_manager, supervisor, rule_for((agency, "100")))
    with pytest.raises(PlacementRefused, match="已委出"):
        batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())
    with pytest.raises(PlacementRefused, match="已委出"):
        batches.withdraw(batch=batch, reason="反悔", actor=vendor_manager, now=timezone.now())
    assert Placement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_apply_at_once_one_wins(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency()
    for _n in range(5):
        make_case()
    batch = approved(vendor_manager, supervisor, rule_for((agency, "100")))
    results = at_once(*[lambda: batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())] * 2)
    refused = [one for one in results if isinstance(one, PlacementRefused)]
    done = [one for one in results if isinstance(one, PlacementBatch)]
    assert (len(refused), len(done)) == (1, 1), results
    assert Placement.objects.count() == 5
    assert Custody.objects.filter(reason="placed").count() == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": AgencyState.STOPPED}, "停止委案"),
        ({"listed_on": None}, "名单"),
        ({"published_on": None}, "公示"),
        ({}, "合同"),
    ],
)
def test_an_agency_that_may_not_be_given_cases_is_refused_by_name_at_the_draft_and_at_the_end(
    vendor_manager: User, supervisor: User, change: dict[str, Any], said: str
) -> None:
    agency = make_agency(name="甲公司")
    make_case()
    rule = rule_for((agency, "100"))
    batch = approved(vendor_manager, supervisor, rule)
    Agency.objects.filter(pk=agency.pk).update(**change or {"name": "甲公司"})
    if not change:
        Contract.objects.update(ends_on=dt.date(2025, 12, 31))
    with pytest.raises(PlacementRefused) as at_draft:
        drafted(vendor_manager, rule)
    with pytest.raises(PlacementRefused) as at_end:
        batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())
    for refused in (at_draft, at_end):
        assert "甲公司" in str(refused.value) and said in str(refused.value)
    assert not Placement.objects.exists()


def test_a_draft_is_sent_back_changed_and_withdrawn(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency()
    make_case(days=95)
    make_case(days=5)
    batch = drafted(vendor_manager, rule_for((agency, "100")))
    batches.submit(batch=batch, actor=vendor_manager, now=timezone.now())
    with pytest.raises(PlacementRefused, match="退回的原因"):
        batches.send_back(batch=batch, reason=" ", actor=supervisor, now=timezone.now())
    batches.send_back(batch=batch, reason="只要 M4", actor=supervisor, now=timezone.now())
    changed = batches.redraft(
        batch=batch, rule=rule_for((agency, "100"), stages=[4]), seed=8, actor=vendor_manager, now=timezone.now()
    )
    assert (changed.totals["count"], changed.seed) == (1, 8)
    with pytest.raises(PlacementRefused, match="撤回的原因"):
        batches.withdraw(batch=batch, reason="", actor=vendor_manager, now=timezone.now())
    assert batches.withdraw(batch=batch, reason="不做了", actor=vendor_manager, now=timezone.now()).state == "withdrawn"
    with pytest.raises(PlacementRefused, match="状态"):
        batches.submit(batch=batch, actor=vendor_manager, now=timezone.now())


def test_filters_choose_by_source_amount_product_region_and_days_in_the_pool(vendor_manager: User) -> None:
    agency = make_agency()
    old = make_case(total="8000.00", product="消费贷", region="江苏省南京市", source=make_source("loan", "贷款系统"))
    Custody.objects.filter(case=old).update(started_at=timezone.now() - dt.timedelta(days=40))
    make_case(total="100.00")
    for filters in (
        {"source": "loan"}, {"products": ["消费贷"]}, {"regions": ["江苏省南京市"]}, {"amount_from": "8000"},
        {"pool_days_from": 30}, {"amount_from": "7999.99", "amount_to": "8000.00", "pool_days_to": 40},
    ):  # fmt: skip
        batch = drafted(vendor_manager, rule_for((agency, "100"), **filters))
        assert batch.plan.assigned == {str(agency.pk): [old.pk]}, filters
    assert drafted(vendor_manager, rule_for((agency, "100"), amount_to="100", pool_days_to=3)).totals["count"] == 1


def _many(count: int) -> None:
    """A book of `count` cases in the pool, by sets."""
    source, pool = make_source(), pool_desk()
    run = make_run(source)
    debtors = Debtor.objects.bulk_create([Debtor(name="张三丰") for _n in range(count)])
    loans = Loan.objects.bulk_create(
        [Loan(source=source, contract_no=f"B{d.pk}", debtor=d, product="信用卡") for d in debtors]
    )
    figures = {"as_of": AS_OF, "opened_on": AS_OF, "due_date": AS_OF, "last_run": run, "desk": pool, "interest": 0}
    made = Case.objects.bulk_create(
        [
            Case(loan=loan, days_past_due=61 + n % 100, principal=n, total=n, penalty=0, fees=0, **figures)
            for n, loan in enumerate(loans, start=1)
        ],
        batch_size=1_000,
    )
    Custody.objects.bulk_create(
        [Custody(case=one, desk=pool, started_at=timezone.now(), reason="opened") for one in made], batch_size=1_000
    )


def test_a_preview_of_five_thousand_takes_as_many_queries_as_one_of_five(vendor_manager: User) -> None:
    ours, theirs = make_agency("ag-a"), make_agency("ag-b")
    rule = rule_for((ours, "70"), (theirs, "30"))
    _many(5)
    with CaptureQueriesContext(connection) as few:
        drafted(vendor_manager, rule)
    _many(4_995)
    with CaptureQueriesContext(connection) as many:
        batch = drafted(vendor_manager, rule)
    assert batch.totals["count"] == 5_000
    assert len(many) <= len(few) <= 30  # the first one reads the maker's roles as well
    off = [abs(float(row["amount_off"])) for row in batch.totals["agencies"]]
    assert max(off) < 5, "bands keep the amounts together"


def test_the_command_says_what_would_be_and_applies_with_two_people(
    vendor_manager: User, supervisor: User, tmp_path: Path, capsys: Any
) -> None:
    ours, theirs = make_agency("ag-a"), make_agency("ag-b")
    cases = [make_case(days=95) for _n in range(4)]
    file = tmp_path / "rule.json"
    file.write_text(json.dumps({"stages": [4], "shares": {"ag-a": "50", "ag-b": "50"}}), encoding="utf-8")

    def run(*more: str) -> tuple[int, Any]:
        out = io.StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("place_cases", "--rule", str(file), "--seed", "3", "--json", *more, stdout=out)
        return int(ended.value.code or 0), json.loads(out.getvalue())

    code, said = run()
    assert (code, said["state"], said["totals"]["count"]) == (0, "simulated", 4)
    assert not PlacementBatch.objects.exists()
    code, refused = run("--apply", "--actor", vendor_manager.username, "--approver", vendor_manager.username)
    assert code == 2 and "权限" in refused["refused"] and not PlacementBatch.objects.exists()
    code, done = run("--apply", "--actor", vendor_manager.username, "--approver", supervisor.username)
    assert (code, done["state"]) == (0, "applied")
    placed = {str(agency.pk): [] for agency in (ours, theirs)}
    for agency, case in Placement.objects.order_by("case_id").values_list("agency_id", "case_id"):
        placed[str(agency)].append(case)
    assert placed == said["assigned"], "the simulation with that seed is what was done"
    assert sorted(one for some in placed.values() for one in some) == [case.pk for case in cases]
