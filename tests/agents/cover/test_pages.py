"""The calendar, arranging with one click, a cover's page, and who sees which."""

from decimal import Decimal

import pytest
from django.urls import reverse

from agents.cover.keeping import keep_covers
from agents.models import Cover, Leave
from cases.models import Case
from cases.services.promises import make_promise
from collection_ops.core import clock
from collection_ops.core.services.form_tokens import new_token
from tests.agents.cover.conftest import at, collector_named, march

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("now", "database_now"):
        monkeypatch.setattr(clock, name, lambda: at(9))


def leave_of(user, first: int, last: int, *, state: str = "approved", **halves: str) -> Leave:
    return Leave.objects.create(
        user=user, kind="annual", first_day=march(first), last_day=march(last), state=state, asked_at=at(1), **halves
    )


def body(answer) -> str:
    return answer.content.decode()


def send(client, route: str, values: dict, *args):
    return client.post(reverse(route, args=args), {"form_token": new_token(), **values})


def typed(owner, *helpers, **others) -> dict:
    days = {"first_day": "2026-03-10", "last_day": "2026-03-12", "scope": "all", "share": "50"}
    return {"owner": owner.pk, "helpers": [one.pk for one in helpers], **days, "do": "save", **others}


def test_an_absence_that_nobody_covers_is_flagged_with_what_falls_due(client_as, team_leader, owner, case_of):
    case = case_of(owner, "1000.00")
    case_of(owner, "2000.00")
    make_promise(case=case, amount=Decimal("400.00"), due_on=march(11), actor=owner, now=at(9))
    leave = leave_of(owner, 10, 12)
    page = body(client_as(team_leader).get(reverse("cover:calendar")))
    assert "1 次缺席无人代管" in page
    assert "2 件，3,000.00 元，1 笔承诺到期" in page
    assert f"owner={owner.pk}&amp;leave={leave.pk}" in page


def test_half_a_day_a_weekend_what_is_only_asked_for_and_what_is_covered_are_not_flagged(
    client_as, team_leader, owner, helper, second, arranged, case_of
):
    case_of(owner), case_of(helper), case_of(second)
    leave_of(owner, 10, 12)
    arranged(collector_named("san.helper", "叁代管"))
    leave_of(helper, 10, 10, first_half="morning", last_half="morning")
    leave_of(helper, 14, 15)
    leave_of(second, 10, 11, state="asked")
    assert "无人代管</span>" not in body(client_as(team_leader).get(reverse("cover:calendar"))).split("cover-legend")[0]


def test_one_click_shows_everything_filled_in_and_another_arranges_it(client_as, team_leader, owner, helper, case_of):
    case_of(owner, "1000.00")
    leave, client = leave_of(owner, 10, 12), client_as(team_leader)
    page = body(client.get(reverse("cover:arrange"), {"owner": owner.pk, "leave": leave.pk}))
    assert 'value="2026-03-10"' in page and 'value="2026-03-12"' in page and "data-preview" in page
    answer = send(client, "cover:arrange", typed(owner, helper, leave=leave.pk))
    cover = Cover.objects.get()
    assert answer["Location"] == reverse("cover:cover", args=[cover.pk])
    assert (cover.leave, cover.helper, cover.state) == (leave, helper, "planned")
    assert "缺席无人代管" not in body(client.get(reverse("cover:calendar")))


def test_what_was_typed_is_kept_when_it_is_refused(client_as, team_leader, owner, helper, case_of):
    case_of(owner)
    client = client_as(team_leader)
    for values, said, status in (
        ({"share": "abc", "reason": "住院三天"}, "业绩占比", 400),
        ({"last_day": "2026-03-01", "reason": "住院三天"}, "结束日期不能早于开始日期", 400),
        ({"helpers": [], "reason": "住院三天"}, "请选择代管人", 400),
        ({"first_day": "明天", "reason": "住院三天"}, "请填写日期", 400),
    ):
        answer = send(client, "cover:arrange", typed(owner, helper, **values))
        assert (answer.status_code, said in body(answer), "住院三天" in body(answer)) == (status, True, True), values
    assert not Cover.objects.exists()


def test_trying_it_out_keeps_nothing(client_as, team_leader, owner, helper, case_of):
    case_of(owner)
    answer = send(client_as(team_leader), "cover:arrange", typed(owner, helper, do="try"))
    assert (answer.status_code, "data-preview" in body(answer), Cover.objects.exists()) == (200, True, False)


def test_another_teams_person_helper_and_cover_are_not_there(client_as, team_leader, owner, helper, arranged, case_of):
    stranger = collector_named("wai.zu", "外组员", unit="team-b")
    case_of(owner), case_of(stranger)
    [cover] = arranged(helper)
    client = client_as(team_leader)
    assert client.get(reverse("cover:arrange"), {"owner": stranger.pk}).status_code == 404
    assert send(client, "cover:arrange", typed(owner, stranger)).status_code == 400
    assert "外组员" not in body(client.get(reverse("cover:calendar")))
    assert client_as(stranger).get(reverse("cover:cover", args=[cover.pk])).status_code == 404
    for person in (owner, helper, team_leader):
        assert client_as(person).get(reverse("cover:cover", args=[cover.pk])).status_code == 200
    assert send(client_as(helper), "cover:end", {"reason": "不想管了"}, cover.pk).status_code == 403


def test_the_page_of_a_cover_that_is_over_shows_its_summary_to_the_helper_with_masked_names(
    client_as, owner, helper, arranged, case_of
):
    case = case_of(owner, name="欧阳某某")
    [cover] = arranged(helper, first=9)
    address = reverse("cover:cover", args=[cover.pk])
    assert "欧阳某某" in body(client_as(helper).get(address))
    assert "欧阳某某" not in body(client_as(owner).get(address)), "lent away it is not theirs to read"
    keep_covers(now=at(13, 0, 3))
    page = body(client_as(helper).get(address))
    assert "代管小结" in page and case.loan.contract_no in page and "欧阳某某" not in page
    assert "欧阳某某" in body(client_as(owner).get(address))


def test_ended_extended_handed_on_cancelled_and_noted_by_the_pages(
    client_as, team_leader, owner, helper, second, arranged, case_of, monkeypatch
):
    case = case_of(owner)
    [cover] = arranged(helper, first=9)
    client = client_as(team_leader)
    refused = send(client, "cover:extend", {"last_day": "2026-03-13", "reason": ""}, cover.pk)
    assert (refused.status_code, 'value="2026-03-13"' in body(refused)) == (400, True)
    assert send(client, "cover:extend", {"last_day": "2026-03-13", "reason": "未愈"}, cover.pk).status_code == 302
    assert send(client, "cover:note", {"note": "王某只接晚上的电话"}, cover.pk).status_code == 302
    assert send(client, "cover:hand_on", {"helper": "x", "reason": "病"}, cover.pk).status_code == 400
    assert send(client, "cover:hand_on", {"helper": second.pk, "reason": "病"}, cover.pk).status_code == 302
    follower = Cover.objects.get(helper=second)
    assert (follower.last_day, follower.handover_note) == (march(13), "王某只接晚上的电话")
    assert send(client, "cover:cancel", {"reason": "x"}, follower.pk).status_code == 409
    monkeypatch.setattr(clock, "database_now", lambda: at(9, 12))
    assert send(client, "cover:end", {"reason": "返岗"}, follower.pk).status_code == 302
    assert Case.objects.get(pk=case.pk).desk.owner == owner


def test_odd_addresses_show_the_calendar_all_the_same(client_as, supervisor, owner):
    client = client_as(supervisor)
    for query in ("?from=0001-01-01", "?from=9999-12-31", "?from=x", "?team=%00", "?before=x", "?from=2025-09-30"):
        assert client.get(reverse("cover:calendar") + query).status_code == 200, query
    for query in ("?owner=abc", f"?owner={owner.pk}&leave=9999999", "?owner=99999999999999999999"):
        assert client.get(reverse("cover:arrange") + query).status_code == 404, query
