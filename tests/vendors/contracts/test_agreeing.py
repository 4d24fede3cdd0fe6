"""From a contract to terms in force: two people, a trial of the very terms, and rows that nobody changes afterwards."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from cases.models import DeskGrace
from collection_ops.core.models import AuditEvent
from tests.vendors.contracts.made import (
    DAY,
    NOW,
    TRIAL,
    make_agency,
    make_approved,
    make_contract,
    make_draft,
    make_submitted,
    write,
)
from tests.vendors.terms import EVENTS, bands, row, terms
from vendors.contracts.bench_runs import save_run
from vendors.contracts.drafting import (
    ContractRefused,
    approve_version,
    draft_version,
    register_contract,
    save_version,
    submit_version,
    withdraw_version,
)
from vendors.contracts.reading import agreed, digest_of, terms_of, versions_of
from vendors.contracts.terms import Event, Method, Rounding, Step, in_force
from vendors.models import (
    AgencyEvaluation,
    AgencyState,
    Contract,
    ContractVersion,
    EvaluationKind,
    EvaluationResult,
    FeeBandRow,
    FeeTableRow,
    Settlement,
    VersionState,
)

pytestmark = pytest.mark.django_db
APRIL = dt.date(2026, 4, 1)


def evaluate(agency, done_on: str, *, kind=EvaluationKind.YEARLY, result=EvaluationResult.CONTINUE) -> None:
    AgencyEvaluation.objects.create(
        agency=agency, kind=kind, done_on=done_on, compliance="好", effect="好", security="好", result=result
    )


def settle(agency) -> None:
    Settlement.objects.create(
        agency=agency, period="2026-02-01", known_by=NOW, versions=[1], facts_digest="a", digest="b", score=100, factor=1,
        clawback_days=90, commission=0, total=0, tax_rate="0.06", tax=0, made_at=NOW,
    )  # fmt: skip


# Registering -------------------------------------------------------------------------------------------------------


def test_contracts_of_one_agency_do_not_overlap_and_numbers_are_given_once(agency, contract, vendor_manager):
    for first, last in (("2026-12-31", "2027-12-31"), ("2025-01-01", "2026-01-01"), ("2026-05-01", "2026-06-01")):
        with pytest.raises(ContractRefused, match="重叠"):
            make_contract(agency, vendor_manager, number="HT-2", first=first, last=last)
    with pytest.raises(ContractRefused, match="已登记过"):
        make_contract(make_agency("agency-b"), vendor_manager, number=contract.number)
    with pytest.raises(ContractRefused, match="早于开始"):
        make_contract(agency, vendor_manager, number="HT-2", first="2027-02-01", last="2027-01-31")
    make_contract(agency, vendor_manager, number="HT-0", first="2025-01-01", last="2025-12-31")
    assert Contract.objects.count() == 2
    assert AuditEvent.objects.filter(action="contract.registered").count() == 2


def test_a_renewal_needs_an_evaluation_of_the_last_365_days(agency, contract, vendor_manager):
    def renew(day: str) -> Contract:
        with transaction.atomic():
            try:
                return register_contract(
                    agency=agency, number="HT-2027", starts_on=dt.date(2027, 1, 1), ends_on=dt.date(2027, 12, 31),
                    actor=vendor_manager, day=dt.date.fromisoformat(day),
                )  # fmt: skip
            finally:
                transaction.set_rollback(True)

    with pytest.raises(ContractRefused, match="CN-A-03"):
        renew("2026-03-01")
    evaluate(agency, "2025-03-01")
    evaluate(agency, "2026-02-01", kind=EvaluationKind.ONSITE)
    assert renew("2026-03-01")
    with pytest.raises(ContractRefused, match="CN-A-03"):
        renew("2026-03-02")
    evaluate(agency, "2026-02-20", result=EvaluationResult.TERMINATE)
    with pytest.raises(ContractRefused, match="终止合作"):
        renew("2026-03-01")
    evaluate(agency, "2026-02-28", kind=EvaluationKind.BEFORE_END)
    assert renew("2026-03-01")


def test_an_agency_that_leaves_gets_no_contract(agency, vendor_manager):
    agency.state = AgencyState.EXITING
    agency.save()
    with pytest.raises(ContractRefused, match="退出中"):
        make_contract(agency, vendor_manager)


# Drafting ----------------------------------------------------------------------------------------------------------


def test_a_first_draft_begins_with_usual_terms_and_another_is_a_copy(contract, vendor_manager, finance):
    first = draft_version(contract=contract, actor=vendor_manager, now=NOW, day=DAY)
    assert (first.number, first.effective_from) == (1, contract.starts_on)
    assert terms_of(first).events[Event.COMPLAINT] == 500
    with pytest.raises(ContractRefused, match="v1 还在草稿"):
        draft_version(contract=contract, actor=vendor_manager, now=NOW, day=DAY)
    withdraw_version(version=first, actor=vendor_manager)
    rows = (
        row(1, method=Method.PROGRESSIVE, stages=frozenset({1, 7}), products=frozenset({"信用卡"}), age_to=3),
        row(2),
    )
    make_approved(
        contract, vendor_manager, finance, rows=rows, since="2026-02-01", cap=Decimal("9000.00"), grace_days=3
    )
    copy = terms_of(draft_version(contract=contract, actor=vendor_manager, now=NOW, day=DAY))
    assert copy.effective_from == APRIL, "the first of the next month"
    assert copy.rows == rows and copy.cap == Decimal("9000.00") and copy.grace_days == 3
    withdraw_version(version=ContractVersion.objects.get(pk=copy.version), actor=vendor_manager)
    usual = draft_version(contract=contract, actor=vendor_manager, now=NOW, day=DAY, empty=True)
    assert terms_of(usual).cap is None


def test_a_document_is_saved_whole_and_not_over_somebody_elses(contract, vendor_manager, manager):
    version = make_draft(contract, vendor_manager)
    seen = digest_of(terms_of(ContractVersion.objects.get(pk=version.pk)))
    other = terms(row(), row(2), since=APRIL, rounding=Rounding.STATEMENT, cap=Decimal("5000.00"))
    write(version, other, vendor_manager, note="加一行")
    kept = terms_of(ContractVersion.objects.get(pk=version.pk))
    assert digest_of(kept) == digest_of(other) != seen and kept.version == version.pk
    with pytest.raises(ContractRefused, match="别处改过"):
        save_version(version=version, terms=terms(since=APRIL), note="", based_on=seen, actor=vendor_manager, now=NOW)
    with pytest.raises(ContractRefused, match="魏委外 的草稿"):
        write(version, terms(since=APRIL), manager)
    with pytest.raises(ContractRefused, match="最多 60 天"):
        write(version, terms(since=APRIL, grace_days=61), vendor_manager)
    assert FeeTableRow.objects.filter(version=version).count() == 2
    event = AuditEvent.objects.filter(action="contract.saved").order_by("-pk").first()
    assert event.data["after"]["cap"] == "5000" and event.data["before"]["cap"] is None


# Submitting --------------------------------------------------------------------------------------------------------


def test_pay_by_recovery_alone_is_refused_and_every_other_fault_is_said_with_it(contract, vendor_manager):
    version = make_draft(contract, vendor_manager)
    only_recovery = terms(row(1, stages=frozenset({1})), since=APRIL, coefficient=(), events={})
    write(version, only_recovery, vendor_manager)
    with pytest.raises(ContractRefused) as refused:
        submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY)
    said = refused.value.reasons
    assert len(said) == 2 and any("CN-A-04" in one for one in said) and any("兜底行" in one for one in said)
    write(version, terms(since=APRIL), vendor_manager)
    submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY)
    version.refresh_from_db()
    assert version.state == VersionState.SUBMITTED


@pytest.mark.parametrize(
    ("since", "said"),
    [("2025-12-31", "合同期"), ("2027-01-01", "合同期"), ("2026-02-01", "晚于"), ("2026-01-15", "晚于")],
)
def test_a_version_begins_within_the_contract_and_after_the_last_one(contract, vendor_manager, finance, since, said):
    make_approved(contract, vendor_manager, finance, since="2026-02-01")
    version = make_draft(contract, vendor_manager, since=since)
    with pytest.raises(ContractRefused, match=said):
        submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY)
    write(version, terms(since=dt.date(2026, 2, 2)), vendor_manager)
    submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY)


def test_once_months_were_settled_no_version_begins_before_today(agency, contract, vendor_manager, finance):
    make_approved(contract, vendor_manager, finance, since="2026-01-01")
    version = make_draft(contract, vendor_manager, since="2026-03-09")
    settle(agency)
    with pytest.raises(ContractRefused, match="不能早于今天"):
        submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY)
    write(version, terms(since=DAY), vendor_manager)
    save_run(version=version, trial=TRIAL, actor=vendor_manager, now=NOW)
    submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY)
    with pytest.raises(ContractRefused, match="不能早于今天"):
        approve_version(version=version, actor=finance, now=NOW, day=DAY + dt.timedelta(days=1))
    approve_version(version=version, actor=finance, now=NOW, day=DAY)


# Approving ---------------------------------------------------------------------------------------------------------


def test_somebody_else_approves_and_the_desk_has_its_days_of_grace(contract, vendor_manager, finance, supervisor):
    version = make_submitted(contract, vendor_manager, grace_days=7)
    for nobody in (vendor_manager, supervisor):
        with pytest.raises(ContractRefused, match="权限"):
            approve_version(version=version, actor=nobody, now=NOW, day=DAY)
    approve_version(version=version, actor=finance, now=NOW, day=DAY)
    version.refresh_from_db()
    assert (version.state, version.approved_by) == (VersionState.APPROVED, finance)
    grace = DeskGrace.objects.get()
    assert (grace.desk, grace.days, grace.effective_from) == (contract.agency.desk, 7, APRIL)
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {
        "contract.drafted", "contract.benched", "contract.submitted", "contract.approved", "desk.grace_set",
    }  # fmt: skip


def test_a_maker_with_both_rights_does_not_approve_the_own_version(contract, vendor_manager, manager, finance):
    vendor_manager.role_grants.create(role="finance")
    vendor_manager = type(vendor_manager).objects.get(pk=vendor_manager.pk)
    version = make_submitted(contract, vendor_manager)
    with pytest.raises(ContractRefused) as refused:
        approve_version(version=version, actor=vendor_manager, now=NOW, day=DAY)
    assert refused.value.reasons == ["起草人不能批准自己的版本，请由另一人批准"]
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractVersion.objects.filter(pk=version.pk).update(
            state=VersionState.APPROVED, approved_by=vendor_manager, approved_at=NOW
        )
    approve_version(version=version, actor=manager, now=NOW, day=DAY)


def test_terms_that_were_changed_after_the_trial_are_tried_again(contract, vendor_manager, finance):
    version = make_draft(contract, vendor_manager)
    save_run(version=version, trial=TRIAL, actor=vendor_manager, now=NOW)
    write(version, terms(row(of=bands(("0", "0.11"))), since=APRIL), vendor_manager)
    submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY)
    with pytest.raises(ContractRefused, match="没有试算"):
        approve_version(version=version, actor=finance, now=NOW, day=DAY)
    save_run(version=version, trial=TRIAL, actor=vendor_manager, now=NOW)
    approve_version(version=version, actor=finance, now=NOW, day=DAY)


def test_a_withdrawn_version_is_past_everything(contract, vendor_manager, finance):
    version = make_submitted(contract, vendor_manager)
    withdraw_version(version=version, actor=vendor_manager)
    for act in (
        lambda: approve_version(version=version, actor=finance, now=NOW, day=DAY),
        lambda: submit_version(version=version, actor=vendor_manager, now=NOW, day=DAY),
        lambda: withdraw_version(version=version, actor=vendor_manager),
        lambda: save_run(version=version, trial=TRIAL, actor=vendor_manager, now=NOW),
    ):
        with pytest.raises(ContractRefused):
            act()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vendors_contractversion SET grace_days = 9 WHERE id = {version}",
        "UPDATE vendors_contractversion SET state = 'draft' WHERE id = {version}",
        "DELETE FROM vendors_feebandrow WHERE row_id IN (SELECT id FROM vendors_feetablerow WHERE version_id = {version})",
        "UPDATE vendors_feebandrow SET rate = 0.5",
        "UPDATE vendors_feetablerow SET age_from = 3 WHERE version_id = {version}",
        "UPDATE vendors_feetablerow SET version_id = {version}, number = 2 WHERE version_id = {other}",
        "UPDATE vendors_feebandrow SET row_id = (SELECT id FROM vendors_feetablerow WHERE version_id = {version}), "
        "floor = 0.9 WHERE row_id = (SELECT id FROM vendors_feetablerow WHERE version_id = {other}) AND floor = 0",
        "UPDATE vendors_coefficientstep SET factor = 1 WHERE version_id = {version}",
        "UPDATE vendors_eventprice SET version_id = {version} WHERE version_id = {other} AND event = 'critical_breach'",
        "INSERT INTO vendors_eventprice (version_id, event, amount) VALUES ({version}, 'clean_month', 1)",
        "DELETE FROM vendors_eventprice WHERE version_id = {version}",
        "UPDATE vendors_benchrun SET digest = 'x'",
        "DELETE FROM vendors_benchrun",
    ],
)  # fmt: skip
def test_what_was_approved_is_changed_by_nobody_not_even_in_sql(contract, vendor_manager, finance, statement):
    version = make_approved(contract, vendor_manager, finance)
    prices = {**EVENTS, Event.CRITICAL_BREACH: Decimal(900)}
    other = make_draft(contract, vendor_manager, since="2026-05-01", events=prices)
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            cursor.execute(statement.format(version=version.pk, other=other.pk))
        cursor.execute("UPDATE vendors_feebandrow SET rate = 0.5 WHERE row_id IN "
                       "(SELECT id FROM vendors_feetablerow WHERE version_id = %s)", [other.pk])  # fmt: skip
        assert cursor.rowcount == 3, "a draft's rows may be"


# Reading -----------------------------------------------------------------------------------------------------------


def test_versions_of_an_agency_are_told_apart_over_its_contracts(
    agency, contract, vendor_manager, finance, django_assert_num_queries
):
    evaluate(agency, "2026-03-01")
    following = make_contract(agency, vendor_manager, number="HT-2027", first="2027-01-01", last="2027-12-31")
    first = make_approved(contract, vendor_manager, finance, since="2026-01-01")
    second = make_approved(
        contract, vendor_manager, finance, since="2026-07-01", coefficient=(Step(Decimal(0), Decimal("0.5")),)
    )
    third = make_approved(following, vendor_manager, finance, since="2027-01-01")
    make_draft(following, vendor_manager, since="2027-06-01")
    other = make_contract(make_agency("agency-b"), vendor_manager)
    make_approved(other, vendor_manager, finance)
    with django_assert_num_queries(6):
        known = agreed(agency=agency)
    assert [one.version for one in known.terms] == [first.pk, second.pk, third.pk]
    assert known.by_version[third.pk].contract == following
    assert in_force(known.terms, dt.date(2026, 12, 31)).version == second.pk
    assert in_force(known.terms, dt.date(2027, 1, 1)).version == third.pk
    assert [one.version for one in versions_of(contract=contract)] == [first.pk, second.pk]
    assert FeeBandRow.objects.filter(row__version=second).count() == 3


def test_a_renewal_is_drafted_from_what_was_agreed_before(agency, contract, vendor_manager, finance):
    evaluate(agency, "2026-03-01")
    make_approved(contract, vendor_manager, finance, since="2026-01-01", cap=Decimal("777.00"))
    following = make_contract(agency, vendor_manager, number="HT-2027", first="2027-01-01", last="2027-12-31")
    copy = draft_version(contract=following, actor=vendor_manager, now=NOW, day=DAY)
    assert (terms_of(copy).cap, copy.effective_from) == (Decimal("777.00"), dt.date(2027, 1, 1))
