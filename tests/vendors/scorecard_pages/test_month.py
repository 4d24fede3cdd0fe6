"""The month of agencies as people read it."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from collection_ops.core.services.form_tokens import new_token
from tests.vendors.scorecard_pages.made import FEBRUARY, a_card, cannot_tell
from tests.vendors.settlement.house import an_agency

pytestmark = pytest.mark.django_db


def page(client: Client, user, name: str, *args: int, language: str = "zh-hans", **query: str) -> str:
    client.force_login(user)
    response = client.get(reverse(f"vendors:{name}", args=args), query, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, user, name: str, *args: int, **typed: str):
    client.force_login(user)
    return client.post(reverse(f"vendors:{name}", args=args), {**typed, "form_token": new_token()})


def test_agencies_stand_by_score_and_who_cannot_be_told_apart_has_no_rank(client, vendor_manager):
    jia, yi, bing = an_agency("jia", "甲机构"), an_agency("yi", "乙机构"), an_agency("bing", "丙机构")
    a_card(jia, month=FEBRUARY, score=Decimal("70.00"))
    a_card(jia)
    a_card(yi, score=Decimal("91.00"), grade="A", verdict="better", ratio=Decimal("1.3000"))
    cannot_tell(bing, score=Decimal("99.00"), grade="A")
    said = page(client, vendor_manager, "scorecards", month="2026-03")
    rows = said.split("<tbody>")[1].split("</tbody>")[0]
    assert rows.index("乙机构") < rows.index("甲机构") < rows.index("丙机构"), "99 points of three cases come last"
    first, second, third = rows.split("</tr>")[:3]
    assert ">1<" in first and "好于预期" in first and "130.0%" in first
    assert ">2<" in second and "↑ +4.50" in second and "81.0% – 120.0%" in second and "40.00% → 42.00%" in second
    assert "无法区分" in third and "案件太少" in third and ">3<" not in third
    assert "M1" in first and "<rect" in first
    assert '"cases": 3' in said, "the funnel shows the small one, too"
