"""The page of schemes: drafted by the vendor manager, approved by another person, never by recovery alone."""

import datetime as dt
import re
from decimal import Decimal as D

import pytest
from django.urls import reverse

from collection_ops.core.approvals import waiting_for
from tests.budgets.test_book_queries import own_queries
from tests.vendors.scorecard_pages.made import shipped
from tests.vendors.scorecard_pages.steps import in_english, page, send
from vendors.models import ScorecardScheme, VersionState
from vendors.scorecard.criteria import Criterion, Item, Point, Scheme
from vendors.scorecard.scheme_typed import read, typed_of
from vendors.scorecard.scheme_words import differences
from vendors.scorecard.schemes import scheme_of, write_items

pytestmark = pytest.mark.django_db
DIGEST = re.compile(r'name="based_on" value="([0-9a-f]{64})"')
TODAY = dt.date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _on_a_day_in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vendors.scorecard.scheme_views.clock.business_date", lambda _now: TODAY)
    shipped()


def entries(client, user, row: ScorecardScheme, **changed: str) -> dict[str, str]:
    """The form as a browser would send it, with `changed` typed over; double underscores stand for a hyphen."""
    typed = typed_of(scheme_of(ScorecardScheme.objects.get(pk=row.pk)), row.effective_from, "")
    found = {
        **typed["fields"],
        **{f"weight-{code}": one["weight"] for code, one in typed["items"].items()},
        **{f"curve-{code}": one["curve"] for code, one in typed["items"].items()},
        "based_on": DIGEST.search(page(client, user, "scheme_edit", row.pk))[1],
    }
    return found | {name.replace("__", "-"): text for name, text in changed.items()}


def drafted(client, user) -> ScorecardScheme:
    assert send(client, user, "scheme_draft").status_code == 302
    return ScorecardScheme.objects.get(state=VersionState.DRAFT)


def test_what_counts_is_shown_with_its_weights_and_curves(client, finance):
    said = page(client, finance, "schemes")
    assert "今天适用" in said and "随产品提供" in said and "80 : 40" in said and "回款类" in said
    assert "照最新版本起草" not in said, "finance reads only"
    assert "Curve (value : per cent of the weight)" in in_english(client, finance, "schemes")


def test_a_scheme_goes_from_a_draft_into_force_by_two_people(client, vendor_manager, supervisor):
    row = drafted(client, vendor_manager)
    assert row.effective_from == dt.date(2026, 4, 1)
    again = send(client, vendor_manager, "scheme_draft")
    assert again.status_code == 409 and "请先处理它" in again.content.decode()
    typed = entries(client, vendor_manager, row, weight__recovery="35", weight__complaints="20", note="投诉加重")
    assert send(client, vendor_manager, "scheme_edit", row.pk, **typed).status_code == 302
    said = page(client, vendor_manager, "schemes")
    assert "回款(实际÷预期)：权重 40 → 35" in said and "投诉(每万名已联系客户)：权重 15 → 20" in said
    assert send(client, vendor_manager, "scheme_submit", row.pk).status_code == 302
    assert send(client, vendor_manager, "scheme_approve", row.pk).status_code == 403
    assert [one.count for one in waiting_for(supervisor) if "评分方案" in one.label] == [1]
    assert 'name="form_token"' in page(client, supervisor, "schemes")
    assert send(client, supervisor, "scheme_approve", row.pk).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.approved_by, row.note) == (VersionState.APPROVED, supervisor, "投诉加重")
    weights = {item.criterion: item.weight for item in scheme_of(row).items}
    assert (weights[Criterion.RECOVERY], weights[Criterion.COMPLAINTS]) == (35, 20)
    late = send(client, supervisor, "scheme_approve", row.pk)
    assert late.status_code == 409 and "不在待批准" in late.content.decode()
    assert not [one for one in waiting_for(supervisor) if "评分方案" in one.label]
    assert "2020-01-01 – 2026-03-31" in page(client, supervisor, "schemes"), "the first one ends the day before"


def test_recovery_alone_is_refused_with_the_rule(client, vendor_manager):
    row = drafted(client, vendor_manager)
    only = {f"weight-{one}": "" for one in Criterion} | {"weight-recovery": "100"}
    typed = entries(client, vendor_manager, row) | only
    assert send(client, vendor_manager, "scheme_edit", row.pk, **typed).status_code == 302, "a draft may be incomplete"
    said = page(client, vendor_manager, "scheme_edit", row.pk)
    assert "提交之前还要改" in said and "CN-A-04：不得只按回款考核" in said
    refused = send(client, vendor_manager, "scheme_submit", row.pk)
    assert refused.status_code == 409 and "CN-A-04：投诉的权重 0，最低 5" in refused.content.decode()
    row.refresh_from_db()
    assert row.state == VersionState.DRAFT


def test_what_cannot_be_read_is_said_beside_its_entry_and_nothing_typed_is_lost(client, vendor_manager):
    row = drafted(client, vendor_manager)
    typed = entries(
        client, vendor_manager, row,
        weight__quality="很多", curve__complaints="0 = 100\n50 : 0", grade_b="90", effective_from="四月", note="留着我",
    )  # fmt: skip
    answer = send(client, vendor_manager, "scheme_edit", row.pk, **typed)
    said = answer.content.decode()
    assert answer.status_code == 400 and "有 4 处要改" in said
    assert "0 = 100" in said and "看不懂" in said and "留着我" in said and "A &gt; B &gt; C" in said
    assert scheme_of(ScorecardScheme.objects.get(pk=row.pk)) == scheme_of(row), "and nothing was saved"


def test_a_draft_that_was_changed_elsewhere_is_not_overwritten(client, vendor_manager):
    row = drafted(client, vendor_manager)
    stale = entries(client, vendor_manager, row, weight__recovery="30")
    fresh = entries(client, vendor_manager, row, weight__recovery="39", weight__roll="11")
    assert send(client, vendor_manager, "scheme_edit", row.pk, **fresh).status_code == 302
    refused = send(client, vendor_manager, "scheme_edit", row.pk, **stale)
    assert refused.status_code == 409 and "草稿已在别处改过" in refused.content.decode()


def test_what_a_scheme_changes_is_said_criterion_by_criterion():
    rising, other = (Point(D(0), D(0)), Point(D(1), D(1))), (Point(D(0), D(0)), Point(D(2), D(1)))
    before = Scheme(1, (Item(Criterion.RECOVERY, D(60), rising), Item(Criterion.QUALITY, D(40), rising)))
    after = Scheme(2, (Item(Criterion.RECOVERY, D(60), other), Item(Criterion.SECURITY, D(40), rising)), grade_a=D(90))
    assert list(differences(before, after)) == [
        "回款(实际÷预期)：得分曲线 0 : 0、100 : 100 → 0 : 0、200 : 100",
        "质检平均分：不再考核，原权重 40",
        "信息安全缺陷(项)：新增，权重 40",
        "A 级分数线：85 → 90",
    ]
    assert list(differences(after, after)) == []


def test_the_page_asks_as_often_for_many_versions_as_for_few(client_as, vendor_manager):
    client, url = client_as(vendor_manager), reverse("vendors:schemes")
    first = shipped()
    few = own_queries(client, url)
    for number in range(2, 12):
        row = ScorecardScheme.objects.create(number=number, effective_from=TODAY, state=VersionState.WITHDRAWN)
        write_items(row, scheme_of(first))
    many = own_queries(client, url)
    assert len(many) <= min(len(few), 8), "\n".join(many)


def test_a_withdrawn_scheme_stays_to_be_read(client, vendor_manager):
    row = drafted(client, vendor_manager)
    assert send(client, vendor_manager, "scheme_withdraw", row.pk).status_code == 302
    assert "已撤回" in page(client, vendor_manager, "schemes")
    client.force_login(vendor_manager)
    assert client.get(reverse("vendors:scheme_edit", args=[row.pk])).status_code == 302
    refused = send(client, vendor_manager, "scheme_withdraw", row.pk)
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("text", "curve"),
    [
        ("80：40%\n１００ : 75", [("0.8", "0.4"), ("1", "0.75")]),
        ("120 : 100; 60 : 0", [("0.6", "0"), ("1.2", "1")]),
    ],
)
def test_curves_are_read_as_people_type_them(text, curve):
    typed = typed_of(Scheme(2, ()), TODAY, "")
    typed["items"]["recovery"] = {"weight": "４０", "curve": text}
    told, wrong = read(typed)
    assert not wrong
    (item,) = told[0].items
    assert [(str(one.value.normalize()), str(one.share.normalize())) for one in item.curve] == curve
    assert item.weight == 40


def test_what_is_shown_is_read_back_as_it_was():
    scheme = scheme_of(shipped())
    told, wrong = read(typed_of(scheme, TODAY, ""))
    assert not wrong
    order = list(Criterion)
    assert told == (
        Scheme(0, tuple(sorted((_plain(one) for one in scheme.items), key=lambda one: order.index(one.criterion)))),
        TODAY,
    )


def _plain(item: Item) -> Item:
    return Item(item.criterion, item.weight, tuple(Point(one.value, one.share) for one in item.curve))
