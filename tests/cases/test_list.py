"""The case list: who sees what, filters, sorting, paging by key, saved views."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from cases.filters import CaseFilter
from cases.models import Case
from cases.selectors import totals_of
from cases.services import saved_views
from collection_ops.core.models import SavedView
from collection_ops.core.services.form_tokens import FIELD, new_token
from tests.cases.builders import add_position, desk_of, make_case, make_source

LIST = "cases:list"


def contracts(response) -> list[str]:
    return re.findall(r'class="figures">([A-Z]+-?\d+)<', response.content.decode())


def test_a_collector_sees_her_own_desk_and_nobody_elses(client_as, collector, supervisor):
    make_case(contract_no="MINE-1", desk=desk_of(collector))
    make_case(contract_no="POOL-1")
    assert contracts(client_as(collector).get(reverse(LIST))) == ["MINE-1"]
    assert sorted(contracts(client_as(supervisor).get(reverse(LIST)))) == ["MINE-1", "POOL-1"]


def test_names_are_full_for_those_who_may_and_masked_for_the_rest(client_as, supervisor, manager):
    make_case(name="欧阳小明")
    assert "欧阳小明" in client_as(supervisor).get(reverse(LIST)).content.decode()
    masked = client_as(manager).get(reverse(LIST)).content.decode()
    assert "欧阳小明" not in masked
    assert "欧**明" in masked


def test_a_clerk_who_also_collects_reads_full_names_on_the_own_desk_only(client_as, clerk):
    from collection_ops.core.access import Role
    from collection_ops.core.services.accounts import grant_role

    grant_role(user=clerk, role=Role.COLLECTOR, actor=None)
    make_case(name="张明月", desk=desk_of(clerk))
    make_case(name="李清风")
    page = client_as(clerk).get(reverse(LIST)).content.decode()
    assert "张明月" in page
    assert "李清风" not in page


def test_filters_narrow_and_the_totals_follow(supervisor):
    make_case(days=45, total="100.00")
    make_case(days=45, total="100.00")
    make_case(days=95, total="900.00", product="消费贷")
    everything = Case.objects.for_user(supervisor)
    m2 = totals_of(CaseFilter({"stage": ["2"]}, everything).filtered)
    assert (m2.count, m2.amount) == (2, Decimal("200.00")), "two equal amounts are two cases"
    assert totals_of(CaseFilter({"product": "消费贷"}, everything).filtered).count == 1
    assert totals_of(CaseFilter({"amount_from": "100.01"}, everything).filtered).count == 1
    assert totals_of(CaseFilter({"days_to": "45", "amount_to": "100"}, everything).filtered).count == 2
    assert totals_of(CaseFilter({"opened_to": "2020-01-01"}, everything).filtered).count == 0


def test_the_status_tabs_tell_present_absent_and_closed_apart(supervisor):
    make_case(contract_no="HERE-1")
    absent = make_case(contract_no="GONE-1")
    closed = make_case(contract_no="DONE-1")
    Case.objects.filter(pk=absent.pk).update(absent_since=absent.as_of)
    Case.objects.filter(pk=closed.pk).update(closed_on=closed.as_of, close_reason="paid")

    def listed(status: str) -> set[str]:
        found = CaseFilter({"status": status}, Case.objects.for_user(supervisor)).filtered
        return set(found.values_list("loan__contract_no", flat=True))

    assert listed("open") == {"HERE-1"}
    assert listed("absent") == {"GONE-1"}
    assert listed("closed") == {"DONE-1"}
    assert listed("all") == {"HERE-1", "GONE-1", "DONE-1"}
    assert listed("") == {"HERE-1"}


@pytest.mark.parametrize("sort", ["total", "-total", "days_past_due", "-as_of", "opened_on", "contract", "-contract"])
def test_paging_shows_every_case_once_also_among_equal_values(client_as, supervisor, monkeypatch, sort):
    monkeypatch.setattr("cases.selectors.PAGE_SIZE", 3)
    for number in range(10):
        make_case(contract_no=f"EQ-{number:02d}", total="5.00" if number < 7 else "6.00")
    client = client_as(supervisor)
    url, seen, pages = f"{reverse(LIST)}?status=open&sort={sort}", [], []
    while url:
        response = client.get(url)
        pages.append(contracts(response))
        seen += pages[-1]
        url = response.context["next_url"] and reverse(LIST) + response.context["next_url"]
    assert sorted(seen) == [f"EQ-{number:02d}" for number in range(10)]
    # And back again, by the previous links.
    back = response.context["previous_url"]
    for expected in reversed(pages[:-1]):
        response = client.get(reverse(LIST) + back)
        assert contracts(response) == expected
        back = response.context["previous_url"]
    assert not back


def test_the_contract_number_is_in_no_address_of_the_list(client_as, supervisor, monkeypatch):
    monkeypatch.setattr("cases.selectors.PAGE_SIZE", 1)
    make_case(contract_no="SECRET-1")
    make_case(contract_no="SECRET-2")
    page = client_as(supervisor).get(f"{reverse(LIST)}?sort=contract").content.decode()
    assert not any("SECRET" in address for address in re.findall(r'href="([^"]*)"', page))


@pytest.mark.parametrize(
    "query",
    [
        "sort=debtor__id_no",
        "sort=loan__debtor__name",
        "page=1e9",
        "page_size=1e6",
        "after=zzz",
        "after=1e400_5",
        "after=NaN_5",
        "after=2026-13-45_5&sort=as_of",
        "before=_99999999999999999999",
        "after=1_99999999999999999999999",
        "amount_from=1e999999",
        "amount_from=abc",
        "days_from=99999999999999999999",
        "opened_from=30.02.2026",
        "stage=99&stage=x",
        "status=nonsense",
        "move=forward&stage_from=abc",
        "source=%00",
        "product=%00%00",
        "desk=" + "x" * 5000,
        "_connector=OR&owner__password__startswith=a",
        "stage_from=3",
    ],
)
def test_a_hostile_address_never_breaks_the_list(client_as, supervisor, query):
    make_case()
    response = client_as(supervisor).get(f"{reverse(LIST)}?{query}")
    assert response.status_code == 200


def test_ten_thousand_parameters_are_refused_or_ignored(client_as, supervisor):
    response = client_as(supervisor).get(reverse(LIST) + "?" + "&".join(f"a{n}=1" for n in range(10_000)))
    assert response.status_code in (200, 400)


def test_a_sort_that_is_not_on_the_list_is_the_default_one(client_as, supervisor):
    make_case(contract_no="BIG-1", total="9.00", name="丁")
    make_case(contract_no="SMALL-1", total="1.00", name="甲")
    response = client_as(supervisor).get(f"{reverse(LIST)}?sort=loan__debtor__name")
    assert contracts(response) == ["BIG-1", "SMALL-1"]
    assert response.context["sort"] == "-total"


def test_markup_in_names_is_shown_as_text(client_as, supervisor):
    make_case(name='张<img src=x onerror="alert(1)">三', product="<script>alert(1)</script>")
    page = client_as(supervisor).get(reverse(LIST)).content.decode()
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "张&lt;img src=x" in page


def test_an_empty_book_says_what_to_do(client_as, supervisor):
    assert "empty-state" in client_as(supervisor).get(reverse(LIST)).content.decode()


def test_a_list_that_is_too_long_is_counted_up_to_the_cap_and_added_up_when_asked(client_as, supervisor, monkeypatch):
    for _ in range(3):
        make_case(total="1.00")
    monkeypatch.setattr("cases.selectors.totals_of.__kwdefaults__", {"cap": 2})
    page = client_as(supervisor).get(f"{reverse(LIST)}?status=open")
    assert page.context["totals"].is_capped
    assert "2+" in page.content.decode()
    fragment = client_as(supervisor).get(f"{reverse('cases:list_totals')}?status=open").content.decode()
    assert "3.00" in fragment


def test_chips_take_one_condition_away_and_leave_the_others(client_as, supervisor):
    make_case()
    response = client_as(supervisor).get(f"{reverse(LIST)}?status=open&stage=2&stage=3&days_from=10")
    removals = {chip.text: chip.remove for chip in response.context["chips"]}
    assert "stage=3" in removals["M2"] and "stage=2" not in removals["M2"] and "days_from=10" in removals["M2"]
    assert "days_from" not in removals["10"] and "stage=2" in removals["10"]


def test_a_case_that_rolled_forward_is_found_by_its_movement(supervisor):
    source = make_source()
    rolled = make_case(contract_no="ROLL-1", days=30, as_of=dt.date(2026, 3, 30), source=source)
    stayed = make_case(contract_no="STAY-1", days=10, as_of=dt.date(2026, 3, 30), source=source)
    make_case(contract_no="LEFT-1", days=10, as_of=dt.date(2026, 3, 30), source=source)
    add_position(rolled, dt.date(2026, 3, 31), days=31, total="1.00")
    add_position(stayed, dt.date(2026, 3, 31), days=11, total="1.00")
    make_case(contract_no="NEW-1", days=1, as_of=dt.date(2026, 3, 31), source=source)

    def moved(**query: str) -> set[str]:
        found = CaseFilter({"status": "all", **query}, Case.objects.for_user(supervisor)).filtered
        return set(found.values_list("loan__contract_no", flat=True))

    assert moved(move="forward") == {"ROLL-1"}
    assert moved(move="back") == set()
    assert moved(move="new") == {"NEW-1"}
    assert moved(move="left") == {"LEFT-1"}
    assert moved(move="both") == {"ROLL-1", "STAY-1"}
    assert moved(move="both", stage_from="1", stage_to="2") == {"ROLL-1"}


# --- saved views and columns


def _post(client, route, data, **kwargs):
    return client.post(reverse(route, kwargs=kwargs or None), {**data, FIELD: new_token()})


def test_a_view_is_saved_opened_by_default_renamed_and_deleted(client_as, supervisor):
    make_case(contract_no="MTWO-1", days=45)
    make_case(contract_no="MFOUR-1", days=100)
    client = client_as(supervisor)
    _post(client, "cases:view_save", {"name": "重案", "query": "status=open&stage=4&sort=-total", "is_default": "on"})
    view = SavedView.objects.get(user=supervisor, name="重案")
    assert view.query == {"status": "open", "stage": ["4"], "sort": "-total"}
    assert contracts(client.get(reverse(LIST))) == ["MFOUR-1"], "a bare address opens the default view"
    _post(client, "cases:view_change", {"do": "rename", "name": "M4"}, view_id=view.pk)
    view.refresh_from_db()
    assert view.name == "M4"
    _post(client, "cases:view_change", {"do": "no_default"}, view_id=view.pk)
    assert sorted(contracts(client.get(reverse(LIST)))) == ["MFOUR-1", "MTWO-1"]
    _post(client, "cases:view_change", {"do": "delete"}, view_id=view.pk)
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_nobody_changes_somebody_elses_view(client_as, supervisor, manager):
    view = saved_views.save_view(user=manager, page=saved_views.CASE_LIST, name="经理的", query={})
    response = _post(client_as(supervisor), "cases:view_change", {"do": "delete"}, view_id=view.pk)
    assert response.status_code == 404
    assert SavedView.objects.filter(pk=view.pk).exists()


def test_a_view_keeps_only_what_the_filter_knows(client_as, supervisor):
    _post(client_as(supervisor), "cases:view_save", {"name": "x", "query": "q=张三&stage=2&evil=1&sort=debtor__id_no"})
    assert SavedView.objects.get(user=supervisor).query == {"status": "open", "stage": ["2"], "sort": "-total"}


def test_columns_are_chosen_and_unknown_ones_ignored(client_as, supervisor):
    make_case(region="云南省昆明市")
    client = client_as(supervisor)
    assert "云南省昆明市" not in client.get(reverse(LIST)).content.decode().split("<tbody>")[1]
    _post(client, "cases:columns", {"columns": ["region", "evil"], "query": "status=open"})
    assert "云南省昆明市" in client.get(reverse(LIST)).content.decode().split("<tbody>")[1]
    _post(client, "cases:columns", {"query": "status=open"})
    assert "云南省昆明市" not in client.get(reverse(LIST)).content.decode().split("<tbody>")[1]


@pytest.mark.parametrize("name", ["", " ", "a" * 500, "\x00"])
def test_a_view_without_a_usable_name_breaks_nothing(client_as, supervisor, name):
    assert _post(client_as(supervisor), "cases:view_save", {"name": name, "query": "\x00"}).status_code == 302
