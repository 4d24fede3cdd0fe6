"""Shares of a batch are filled in as scorecards propose them, and always add up to a whole."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import make_case
from tests.vendors.placement.cast import drafted, make_agency, rule_for
from tests.vendors.scorecard_pages.made import FEBRUARY, MARCH, a_card
from vendors.models import Agency, PlacementBatch
from vendors.placement.proposed import shares_for
from vendors.placement.rule import MOST_AGENCIES

SHARES = st.integers(0, 10_000).map(lambda cents: Decimal(cents) / 100)


@given(proposed=st.dictionaries(st.integers(1, 40), SHARES), able=st.sets(st.integers(1, 40)))
def test_what_is_filled_in_adds_up_to_a_whole_among_those_who_can_be_chosen(proposed, able) -> None:
    found = shares_for(able, proposed)
    assert set(found) <= able and len(found) <= MOST_AGENCIES
    assert sum(found.values()) == (100 if any(proposed[pk] for pk in able & set(proposed)) else 0)
    assert all(share > 0 and share == share.quantize(Decimal("0.01")) for share in found.values())


def test_those_who_can_be_chosen_keep_their_proportions() -> None:
    proposed = {1: Decimal("60.00"), 2: Decimal("30.00"), 3: Decimal("10.00")}
    assert shares_for([1, 2, 3], proposed) == proposed
    assert shares_for([1, 2], proposed) == {1: Decimal("66.67"), 2: Decimal("33.33")}
    assert shares_for([4], proposed) == {}


@pytest.mark.django_db
def test_the_form_is_filled_from_the_newest_month_for_those_who_may_be_given_cases(
    client_as, vendor_manager: User
) -> None:
    first, second, stopped, unscored = (make_agency(f"ag-{n}", f"机构{n}") for n in range(4))
    Agency.objects.filter(pk=stopped.pk).update(published_on=None)
    a_card(first, month=FEBRUARY, share_proposed=Decimal("99.00"))
    a_card(first, month=MARCH, share_proposed=Decimal("11.00"))
    a_card(first, month=MARCH, revision=2, share_proposed=Decimal("50.00"))
    a_card(second, month=MARCH, share_proposed=Decimal("30.00"))
    a_card(stopped, month=MARCH, share_proposed=Decimal("20.00"))
    client = client_as(vendor_manager)
    plain = said(client, "placement_new")
    assert "按评分卡建议填入" in plain and filled(plain, first) == ""
    text = said(client, "placement_new", shares="scorecards")
    assert "已按 2026-03 评分卡的建议份额填入 2 家机构的比例" in text
    assert [filled(text, one) for one in (first, second, stopped, unscored)] == ["62.50", "37.50", "", ""]
    make_case(days=95)
    typed = {f"share_{one.pk}": filled(text, one) for one in (first, second, stopped, unscored)}
    sent = client.post(reverse("vendors:placement_new"), {**typed, "form_token": new_token()})
    assert sent.status_code == 302, "what was filled in is taken as it is"
    assert PlacementBatch.objects.get().rule["shares"] == {"ag-0": "62.50", "ag-1": "37.50"}
    english = client.get(reverse("vendors:placement_new"), headers={"Accept-Language": "en"}).content.decode()
    assert "Fill in as scorecards propose" in english


@pytest.mark.django_db
def test_a_draft_is_filled_anew_and_keeps_what_else_it_says(client_as, vendor_manager: User) -> None:
    ours, theirs = make_agency("ag-a"), make_agency("ag-b")
    make_case(days=95)
    batch = drafted(vendor_manager, rule_for((ours, "90"), (theirs, "10"), stages=[4]))
    client = client_as(vendor_manager)
    none = said(client, "placement_rule", batch.pk, shares="scorecards")
    assert "没有可填入的建议份额" in none and filled(none, ours) == "90", "without scorecards nothing is emptied"
    a_card(theirs, month=MARCH - dt.timedelta(days=28), share_proposed=Decimal("40.00"))
    text = said(client, "placement_rule", batch.pk, shares="scorecards")
    assert (filled(text, ours), filled(text, theirs)) == ("", "100.00")
    assert re.search(r'value="4"[^>]*checked|checked[^>]*value="4"', text)


def said(client: Client, name: str, *args: int, **query: str) -> str:
    answer = client.get(reverse(f"vendors:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def filled(text: str, agency: Agency) -> str:
    (field,) = re.findall(rf'<input[^>]*name="share_{agency.pk}"[^>]*>', text)
    value = re.search(r'value="([^"]*)"', field)
    return value[1] if value else ""
