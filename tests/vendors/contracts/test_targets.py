"""What an agency promises for every month: typed in, refused where it cannot be, agreed, and then kept."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.urls import reverse

from tests.vendors.contracts.made import DAY, NOW, make_agency, make_approved, make_contract, make_draft, write
from tests.vendors.contracts.test_pages import entries, send, text
from tests.vendors.terms import row, terms
from vendors.contracts.drafting import ContractRefused, draft_version, usual_terms
from vendors.contracts.reading import digest_of, document_of, promised, terms_of
from vendors.contracts.targets import Promised
from vendors.contracts.terms import Measure, Target
from vendors.contracts.typed import rearranged, typed_from
from vendors.models import ContractTarget, ContractVersion

pytestmark = pytest.mark.django_db
APRIL = dt.date(2026, 4, 1)


def target(number: int, measure: Measure, figure: str, *stages: int) -> Target:
    return Target(number, measure, Decimal(figure), frozenset(stages))


MONEY_EARLY = target(1, Measure.RECOVERY, "5.5", 1, 2)
MONEY_LATE = target(2, Measure.RECOVERY, "120", 3)
TALKS = target(3, Measure.CONTACT, "30")
COMPLAINTS = target(4, Measure.CASE_COMPLAINTS, "2")
FOUR = (MONEY_EARLY, MONEY_LATE, TALKS, COMPLAINTS)


# The document ------------------------------------------------------------------------------------------------------


def test_terms_without_targets_keep_the_digest_that_statements_were_frozen_with() -> None:
    """The two constants are from before there were targets."""
    whole = terms(
        row(1, stages=frozenset({1, 7}), products=frozenset({"信用卡"}), age_to=3), row(2), cap=Decimal("9000.00"),
        grace_days=3,
    )  # fmt: skip
    assert digest_of(usual_terms(APRIL)) == "78c5c45b06ea0a6cadde1f903b8ef7219db660073b989be28c32f2c68d38f754"
    assert digest_of(whole) == "817492ac2b8f9e4cd09a99f94f97381e1e8100965b82b2007dd6d70547bf8275"
    assert "targets" not in document_of(whole)
    promising = terms(targets=FOUR)
    assert document_of(promising)["targets"][0] == ["recovery", [1, 2], "5.5"]
    assert digest_of(promising) != digest_of(terms())
    assert digest_of(promising) == digest_of(terms(targets=(target(1, Measure.RECOVERY, "5.50", 2, 1), *FOUR[1:])))


# Drafting ----------------------------------------------------------------------------------------------------------


def test_targets_are_saved_with_the_version_and_copied_into_the_next(contract, vendor_manager, finance):
    version = make_approved(contract, vendor_manager, finance, since="2026-04-01", targets=FOUR)
    assert terms_of(ContractVersion.objects.get(pk=version.pk)).targets == FOUR
    copy = draft_version(contract=contract, actor=vendor_manager, now=NOW, day=DAY)
    assert terms_of(copy).targets == FOUR
    write(copy, terms(since=dt.date(2026, 5, 1), targets=(TALKS,)), vendor_manager)
    assert [(one.number, one.measure) for one in copy.targets.all()] == [(1, "contact")]


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ((MONEY_EARLY, target(2, Measure.RECOVERY, "9", 2, 3)), "第 1 项与第 2 项目标：回款率(%)的阶段重叠"),
        ((MONEY_EARLY, target(2, Measure.RECOVERY, "9")), "第 1 项与第 2 项目标：回款率(%)的阶段重叠"),
        ((target(1, Measure.CONTACT, "100.01"),), "第 1 项目标：本人触达率(%)要在 0 与 100 之间"),
        ((target(1, Measure.RECOVERY, "200.01"),), "第 1 项目标：回款率(%)要在 0 与 200 之间"),
        ((target(1, Measure.CASE_COMPLAINTS, "2", 1),), "千件投诉率(每千件案件)按机构计，不分阶段，阶段请都不选"),
    ],
)  # fmt: skip
def test_targets_that_contradict_each_other_or_cannot_be_are_refused(contract, vendor_manager, targets, said):
    version = make_draft(contract, vendor_manager)
    with pytest.raises(ContractRefused) as refused:
        write(version, terms(since=APRIL, targets=targets), vendor_manager)
    [reason] = refused.value.reasons
    assert said in reason
    assert not ContractTarget.objects.exists()
    write(version, terms(since=APRIL, targets=FOUR), vendor_manager)
    assert ContractTarget.objects.count() == 4, "more than all the money is a promise that can be kept"


@pytest.mark.parametrize(
    "wrong",
    [
        {"measure": "contact", "figure": "100.01"},
        {"measure": "recovery", "figure": "-0.01"},
        {"measure": "case_complaints", "figure": "2", "stages": [1]},
        {"measure": "luck", "figure": "2"},
        {"measure": "recovery", "figure": "2", "number": 1},
    ],
)
def test_the_table_holds_no_figure_that_cannot_be(contract, vendor_manager, wrong):
    version = make_draft(contract, vendor_manager, targets=(MONEY_EARLY,))
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractTarget.objects.create(version=version, **{"number": 2, **wrong})
    ContractTarget.objects.create(version=version, number=2, measure="contact", figure="100")


STATEMENTS = [
    "UPDATE vendors_contracttarget SET figure = 1 WHERE version_id = {version}",
    "DELETE FROM vendors_contracttarget WHERE version_id = {version}",
    "INSERT INTO vendors_contracttarget (version_id, number, stages, measure, figure) "
    "VALUES ({version}, 9, '{{}}', 'contact', 1)",
    "UPDATE vendors_contracttarget SET version_id = {version}, number = 9 WHERE version_id = {other}",
]  # fmt: skip


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_was_promised_is_changed_by_nobody_not_even_in_sql(contract, vendor_manager, finance, statement):
    version = make_approved(contract, vendor_manager, finance, targets=FOUR[:2])
    other = make_draft(contract, vendor_manager, since="2026-05-01", targets=(TALKS,))
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            cursor.execute(statement.format(version=version.pk, other=other.pk))
        cursor.execute("UPDATE vendors_contracttarget SET figure = 40 WHERE version_id = %s", [other.pk])
        assert cursor.rowcount == 1, "a draft's may be"


@pytest.mark.parametrize("statement", STATEMENTS)
def test_twin_without_the_trigger_sql_changes_what_was_promised(contract, vendor_manager, finance, statement):
    version = make_approved(contract, vendor_manager, finance, targets=FOUR[:2])
    other = make_draft(contract, vendor_manager, since="2026-05-01", targets=(TALKS,))
    before = terms_of(ContractVersion.objects.get(pk=version.pk)).targets
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE vendors_contracttarget DISABLE TRIGGER vendors_contracttarget_kept")
        cursor.execute(statement.format(version=version.pk, other=other.pk))
    assert terms_of(ContractVersion.objects.get(pk=version.pk)).targets != before


# Of which version --------------------------------------------------------------------------------------------------


def test_targets_count_from_the_day_of_their_version_to_the_end_of_the_contract(
    agency, contract, vendor_manager, finance, django_assert_num_queries
):
    first = make_approved(contract, vendor_manager, finance, since="2026-04-01", targets=(TALKS,))
    second = make_approved(contract, vendor_manager, finance, since="2026-06-01", targets=(COMPLAINTS,))
    make_draft(contract, vendor_manager, since="2026-07-01", targets=(MONEY_EARLY,))
    other = make_contract(make_agency("agency-b"), vendor_manager)
    make_approved(other, vendor_manager, finance)

    def of(first: str, last: str) -> dict[int, Promised]:
        both = [agency.pk, other.agency_id]
        return promised(both, dt.date.fromisoformat(first), dt.date.fromisoformat(last), NOW)

    assert of("2026-03-01", "2026-03-31") == {}
    assert of("2026-05-01", "2026-05-31") == {agency.pk: Promised(first.pk, (target(1, Measure.CONTACT, "30"),))}
    with django_assert_num_queries(2):
        found = of("2026-06-01", "2026-06-30")
    assert found == {agency.pk: Promised(second.pk, (target(1, Measure.CASE_COMPLAINTS, "2"),))}
    assert of("2026-12-01", "2026-12-31") != {}
    assert of("2027-01-01", "2027-01-31") == {}, "the contract is over"
    early = NOW - dt.timedelta(days=1)
    assert promised([agency.pk], APRIL, dt.date(2026, 4, 30), early) == {}, "not agreed yet"


# The page ----------------------------------------------------------------------------------------------------------

TYPED = {
    "target-1-measure": "recovery", "target-1-figure": "５．５%", "target-1-stages": ["1", "2"],
    "target-2-measure": "case_complaints", "target-2-figure": "2", "target-3-measure": "contact", "target-3-figure": " ",
}  # fmt: skip


def test_targets_are_typed_in_and_read_on_the_page_of_the_version(client_as, contract, vendor_manager, finance):
    version, client = make_draft(contract, vendor_manager), client_as(vendor_manager)
    assert send(client, "contract_edit", version.pk, **entries(client, version, **TYPED)).status_code == 302
    kept = terms_of(ContractVersion.objects.get(pk=version.pk)).targets
    assert [(one.measure, str(one.figure), sorted(one.stages)) for one in kept] == [
        ("recovery", "5.50", [1, 2]), ("case_complaints", "2.00", []),
    ], "the line in which nothing was typed is none"  # fmt: skip
    page = text(client.get(reverse("vendors:contract_edit", args=[version.pk])))
    assert 'name="target-1-figure" value="5.5"' in page and 'name="target-3-figure"' not in page
    page = text(client.get(reverse("vendors:contract", args=[contract.pk])))
    for told in ("约定目标", "不低于 5.5%", "M1、M2", "千件投诉率(每千件案件)", "不高于 2"):
        assert told in page, told
    client.cookies["language"] = "en"
    english = text(client.get(reverse("vendors:contract", args=[contract.pk])))
    for told in ("Agreed targets", "at least 5.5%", "at most 2", "Complaints per 1,000 cases"):
        assert told in english, told


def test_what_is_wrong_with_a_target_is_said_beside_it(client_as, contract, vendor_manager):
    version, client = make_draft(contract, vendor_manager), client_as(vendor_manager)
    wrong = TYPED | {
        "target-2-stages": ["1"], "target-3-figure": "101", "target-4-measure": "recovery", "target-4-figure": "8",
        "target-5-measure": "luck", "target-5-figure": "viel", "target-6-measure": "contact", "target-6-figure": "5",
        "target-6-stages": ["9"],
    }  # fmt: skip
    page = text(send(client, "contract_edit", version.pk, **entries(client, version, **wrong)))
    for name, said in (
        ("target-2-stages", "按机构计，不分阶段"), ("target-3-figure", "0 至 100"),
        ("target-4-stages", "与第 1 项目标的阶段重叠"), ("target-5-measure", "请选择指标"), ("target-5-figure", "viel"),
        ("target-6-stages", "M7+"),
    ):  # fmt: skip
        beside = page.split(f'id="{name}-wrong">')[1].split("</div>")[0]
        assert said in beside, (name, beside)
    assert not ContractTarget.objects.exists()


def test_lines_of_targets_are_added_and_removed_with_what_was_typed_in_them():
    sent = QueryDict(mutable=True)
    for name, value in TYPED.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    typed = typed_from(sent)
    more = rearranged(typed, "add_target")
    assert len(more["targets"]) == 4 and more["targets"][0]["figure"] == "５．５%"
    fewer = rearranged(typed, "remove_target-1")
    assert [one["measure"] for one in fewer["targets"]] == ["case_complaints", "contact"]
    assert rearranged(typed, "remove_target-9") == typed


def test_a_version_says_what_targets_it_changes(client_as, contract, vendor_manager, finance):
    make_approved(contract, vendor_manager, finance, targets=FOUR[:3])
    changed = (target(1, Measure.RECOVERY, "6", 1, 2), TALKS, COMPLAINTS)
    make_draft(contract, vendor_manager, since="2026-05-01", targets=changed)
    page = text(client_as(finance).get(reverse("vendors:contract", args=[contract.pk])))
    for told in (
        "目标 回款率(%)，M1、M2：由不低于 5.5%改为不低于 6%",
        "取消目标：回款率(%)，M3，不低于 120%",
        "新增目标：千件投诉率(每千件案件)，全部阶段，不高于 2",
    ):
        assert told in page, told
    assert "本人触达率(%)，全部阶段：由" not in page
