"""From the rule over the preview to the placement and back, as people do it in a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collection_ops.core.approvals import waiting_for
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import make_case
from tests.vendors.placement.cast import applied, make_agency, rule_for
from tests.vendors.placement.test_recalls import placed, promise, propose
from vendors.models import Agency, Placement, PlacementBatch, RecallBatch, RecallItem

pytestmark = pytest.mark.django_db

Browser = Callable[[User], Client]


def post(client: Client, name: str, *args: int, **values: Any) -> Any:
    return client.post(reverse(f"vendors:{name}", args=args), {"form_token": new_token(), **values})


def test_a_batch_is_made_looked_at_approved_and_applied_in_the_browser(
    client_as: Browser, vendor_manager: User, supervisor: User, auditor: User
) -> None:
    ours, theirs = make_agency("ag-a", "甲公司"), make_agency("ag-b", "乙公司")
    cases = [make_case(days=95, total="1000.00") for _n in range(4)]
    promise(make_case(days=95, contract_no="HT-PROMISED"))
    client, other = client_as(vendor_manager), client_as(supervisor)
    shares = {f"share_{ours.pk}": "50", f"share_{theirs.pk}": "40"}
    wrong = post(client, "placement_new", stages=["4"], **shares)
    assert wrong.status_code == 409 and "90" in wrong.content.decode()
    assert 'value="40"' in wrong.content.decode(), "nothing typed is lost"
    answer = post(client, "placement_new", stages=["4"], **{**shares, f"share_{theirs.pk}": "50"})
    batch = PlacementBatch.objects.get()
    assert answer["Location"] == reverse("vendors:placement", args=[batch.pk])

    text = client.get(answer["Location"]).content.decode()
    for said in ("条件选中 5 件", "甲公司", "乙公司", "有等待还款的承诺", "4,000.00", "提交批准"):
        assert said in text, said
    left = client.get(reverse("vendors:placement_left", args=[batch.pk]) + "?code=promise").content.decode()
    assert "HT-PROMISED" in left and "张三丰" not in left
    assert client.get(reverse("vendors:placement_left", args=[batch.pk]) + "?code=none").status_code == 404

    assert post(client, "placement_submit", batch.pk).status_code == 302
    assert {one.label: one.count for one in waiting_for(supervisor)}["委外批次审批"] == 1
    empty = post(other, "placement_send_back", batch.pk, reason="")
    assert empty.status_code == 400 and "退回的原因" in empty.content.decode()
    assert post(other, "placement_approve", batch.pk).status_code == 302
    assert post(client, "placement_apply", batch.pk).status_code == 302
    again = post(client, "placement_apply", batch.pk)
    assert again.status_code == 409 and "已委出" in again.content.decode()
    assert Placement.objects.count() == len(cases)
    text = client.get(answer["Location"]).content.decode()
    assert "各机构实收" in text and "生成文件" in text and "委出</button>" not in text
    seen = client_as(auditor).get(answer["Location"]).content.decode()
    assert "各机构实收" in seen and "生成文件" not in seen
    assert batch.number in client.get(reverse("vendors:placements")).content.decode()


def test_an_agency_that_may_not_be_given_cases_says_why_beside_its_share(
    client_as: Browser, vendor_manager: User
) -> None:
    agency = make_agency("ag-a", "甲公司")
    Agency.objects.filter(pk=agency.pk).update(published_on=None)
    client = client_as(vendor_manager)
    assert "CN-A-01 未对外公示" in client.get(reverse("vendors:placement_new")).content.decode()
    make_case()
    refused = post(client, "placement_new", **{f"share_{agency.pk}": "100"})
    assert refused.status_code == 409 and "不能委案给：甲公司（CN-A-01 未对外公示）" in refused.content.decode()


def test_a_recall_is_looked_at_kept_and_finished_in_the_browser(
    client_as: Browser, vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency("ag-a", "甲公司")
    kept, back = make_case(contract_no="HT-KEPT"), make_case(contract_no="HT-BACK")
    client = client_as(vendor_manager)
    assert "没有退案" in client.get(reverse("vendors:recalls")).content.decode()
    placed(vendor_manager, supervisor, agency, kept, back, days=100)
    assert post(client, "recall_propose").status_code == 302
    recall, item = RecallBatch.objects.get(), RecallItem.objects.get(placement__case=kept)
    assert post(client, "recall_keep", item.pk, words="").status_code == 400
    post(client, "recall_keep", item.pk, words="录音 R-1")
    stuck = post(client, "recall_finish", recall.pk)
    assert stuck.status_code == 409 and "1 件留案申请" in stuck.content.decode()
    bad = post(client, "recall_decide", item.pk, decision="grant", until="2000-01-01", words="同意这一件")
    assert bad.status_code == 400 and "同意这一件" in bad.content.decode(), "nothing typed is lost"
    post(client, "recall_decide", item.pk, decision="refuse", words="没有承诺")
    assert post(client, "recall_finish", recall.pk).status_code == 302
    text = client.get(reverse("vendors:recall", args=[recall.pk])).content.decode()
    assert "HT-KEPT" in text and "没有承诺" in text and "完成退案" not in text
    only = client.get(reverse("vendors:recall", args=[recall.pk]) + "?state=kept").content.decode()
    assert "没有这种状态的案件" in only


def test_pages_take_the_same_queries_for_many_rows_as_for_few(
    client_as: Browser, vendor_manager: User, supervisor: User
) -> None:
    client = client_as(vendor_manager)
    counts: list[dict[str, int]] = []
    for code, size in (("ag-a", 1), ("ag-b", 12)):
        agency = make_agency(code)
        placed(vendor_manager, supervisor, agency, *[make_case(product=code) for _n in range(size)], days=100)
        propose()
        batch, recall = PlacementBatch.objects.latest("pk"), RecallBatch.objects.latest("pk")
        for _n in range(size):
            applied(
                vendor_manager,
                supervisor,
                rule_for((agency, "100"), products=[make_case(product=f"{code}{_n}").loan.product]),
            )
        counts.append({})
        for name, args in (
            ("placements", []), ("placement", [batch.pk]), ("recalls", []), ("recall", [recall.pk]),
        ):  # fmt: skip
            address = reverse(f"vendors:{name}", args=args)
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counts[-1][name] = len(asked)
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= 25, counts
