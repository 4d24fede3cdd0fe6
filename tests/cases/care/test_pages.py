"""The pages about holds and numbers: what was typed is kept, the wrong role is refused, others' persons do not exist."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Attachment, Case, ContactPoint, Hold, HoldType
from cases.services.custody import move_cases
from cases.services.holds import after_day, place_hold
from cases.services.promises import make_promise
from cases.timeline import timeline
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from compliance.services.log import record_past
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.cases.care.files import BAD, upload
from tests.cases.care.steps import send

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(count: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=count)).isoformat()


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector), phones=("13900001111",))


def tab(client, case: Case, key: str = "care") -> str:
    return client.get(f"{reverse('cases:record', args=[case.pk])}?tab={key}").content.decode()


def held(case: Case, actor: User | None, type: HoldType = HoldType.ILLNESS, **given) -> Hold:
    return place_hold(debtor=case.loan.debtor, type=type, reason="来电告知", actor=actor, now=clock.now(), **given)


def test_a_pause_is_placed_with_its_paper_and_stands_on_the_head_of_the_record(case, collector, client_as):
    client = client_as(collector)
    choice = client.get(reverse("cases:hold_place", args=[case.pk])).content.decode()
    assert all(f"?type={type}" in choice for type in HoldType if type != "complaint")
    form = client.get(f"{reverse('cases:hold_place', args=[case.pk])}?type=illness").content.decode()
    assert f'value="{day(29)}"' in form, "the end is there already"
    wrong = send(client, "hold_place", case.pk, type="illness", reason="住院两周", last_day=day(99))
    assert wrong.status_code == 409
    assert "最多暂停 30 天" in wrong.content.decode() and "住院两周" in wrong.content.decode()
    past = send(client, "hold_place", case.pk, type="illness", reason="住院两周", last_day=day(-1))
    assert past.status_code == 400 and "不能在过去" in past.content.decode()
    bad = send(
        client, "hold_place", case.pk, type="illness", reason="住院两周", last_day=day(9), file=upload(BAD["a page"])
    )
    assert bad.status_code == 409 and not Hold.objects.exists(), "no hold without the paper it came with"
    send(client, "hold_place", case.pk, type="illness", reason="住院两周", last_day=day(9), file=upload())
    hold, file = Hold.objects.get(), Attachment.objects.get()
    assert (hold.proven, hold.proof, file.subject, file.subject_id) == (True, "见附件", "hold", hold.pk)
    page = tab(client, case, "timeline")
    assert "hold-strip" in page and "重大疾病" in page and f"至 {day(9)}" in page
    assert "停催：重大疾病" in [entry.title for entry in timeline(case, collector)[0]]
    again = send(client, "hold_place", case.pk, type="illness", reason="又住院", last_day=day(5))
    assert again.status_code == 409 and "已有同类停催" in again.content.decode()


def test_a_complaint_is_not_placed_by_hand_but_registered(case, collector, client_as):
    client = client_as(collector)
    choice = client.get(reverse("cases:hold_place", args=[case.pk])).content.decode()
    assert "?type=complaint" not in choice
    assert reverse("compliance:complaint_new_for", args=[case.pk]) in choice
    assert send(client, "hold_place", case.pk, type="complaint", reason="辱骂").status_code == 400
    assert not Hold.objects.exists()


def test_a_dispute_asks_for_what_it_is_about(case, collector, client_as):
    client = client_as(collector)
    assert send(client, "hold_place", case.pk, type="dispute", reason="费用有误").status_code == 400
    too_much = send(
        client, "hold_place", case.pk, type="dispute", reason="费用有误", loan=case.loan_id, amount="99999.00"
    )
    assert too_much.status_code == 409 and "不能超过欠款" in too_much.content.decode()
    cents = send(client, "hold_place", case.pk, type="dispute", reason="费用有误", loan=case.loan_id, amount="1.234")
    assert cents.status_code == 400 and not Hold.objects.exists()
    send(client, "hold_place", case.pk, type="dispute", reason="费用有误", loan=case.loan_id, amount="34.56")
    assert [(hold.type, hold.amount) for hold in Hold.objects.all()] == [("dispute", Decimal("34.56"))]
    assert "争议 34.56 元不得催收" in tab(client, case)


def test_a_hold_is_renewed_and_lifted_on_its_page_by_who_may(case, collector, supervisor, client_as):
    hold = held(case, collector)
    mine, theirs = client_as(collector), client_as(supervisor)
    page = mine.get(reverse("cases:hold", args=[hold.pk])).content.decode()
    assert "停催须由主管或合规解除" in page and f"/holds/{hold.pk}/lift/" not in page
    assert send(mine, "hold_lift", hold.pk, reason="已康复").status_code == 403
    assert f"/holds/{hold.pk}/lift/" in theirs.get(reverse("cases:hold", args=[hold.pk])).content.decode()
    late = send(theirs, "hold_renew", hold.pk, last_day=day(5), reason="仍在住院")
    assert late.status_code == 409 and "晚于" in late.content.decode() and "仍在住院" in late.content.decode()
    assert send(theirs, "hold_renew", hold.pk, last_day=day(50), reason="仍在住院").status_code == 302
    assert send(theirs, "hold_lift", hold.pk, reason="").status_code == 400
    assert send(theirs, "hold_lift", hold.pk, reason="已康复").status_code == 302
    twice = send(theirs, "hold_lift", hold.pk, reason="已康复")
    assert twice.status_code == 409 and "已经结束" in twice.content.decode()
    assert "hold-strip" not in tab(theirs, case)
    titles = [entry.title for entry in timeline(case, supervisor, groups=["care"])[0]]
    assert titles[0] == "解除停催：重大疾病" and f"停催延长至 {day(50)}：重大疾病" in titles


def test_a_paper_is_brought_later(case, collector, supervisor, client_as):
    hold = held(case, collector, HoldType.DECEASED)
    client = client_as(collector)
    assert "缺凭证" in tab(client, case)
    assert send(client, "hold_prove", hold.pk, proof="", file=upload()).status_code == 400
    assert send(client, "hold_prove", hold.pk, proof="死亡证明 12", file=upload()).status_code == 302
    assert (
        Hold.objects.get().proven and "证明.png" in client.get(reverse("cases:hold", args=[hold.pk])).content.decode()
    )


def test_the_list_tells_what_ends_soon_what_lacks_a_paper_and_whose_dispute_waits(
    case, collector, supervisor, client_as
):
    others = [make_case() for _n in range(3)]
    held(case, collector, ends_at=after_day(TODAY + dt.timedelta(days=3)))
    held(others[0], collector, ends_at=after_day(TODAY + dt.timedelta(days=2)), proof="病历")
    held(others[1], collector, HoldType.DECEASED)
    dispute = held(others[2], collector, HoldType.DISPUTE, loan=others[2].loan, amount=Decimal("5.00"))
    Hold.objects.filter(pk=dispute.pk).update(since=clock.now() - dt.timedelta(days=16))
    client = client_as(supervisor)

    def listed(**query: str) -> list[str]:
        page = client.get(reverse("cases:holds"), query)
        return [line.case.loan.contract_no for line in page.context["lines"]]

    numbers = [one.loan.contract_no for one in (case, *others)]
    assert listed() == numbers[::-1]
    assert listed(show="ending") == [numbers[1], numbers[0]], "the next to end comes first"
    assert listed(show="unproven") == [numbers[2], numbers[0]]
    assert listed(show="disputes") == [numbers[3]]
    assert listed(show="past") == [] and listed(type="deceased") == [numbers[2]]
    assert client_as(collector).get(reverse("cases:holds")).status_code == 403


def test_the_list_is_paged_by_its_order_and_a_team_leader_sees_the_team(
    case, collector, supervisor, team_leader, client_as, monkeypatch
):
    monkeypatch.setattr("cases.views.holds.PAGE_SIZE", 2)
    for ahead in (4, 2, 3):
        held(make_case(), collector, ends_at=after_day(TODAY + dt.timedelta(days=ahead)))
    held(case, collector, ends_at=after_day(TODAY + dt.timedelta(days=1)))
    client, address, seen = client_as(supervisor), f"{reverse('cases:holds')}?show=ending", []
    while address:
        page = client.get(address)
        seen += [line.last_day for line in page.context["lines"]]
        address = page.context["next_url"] and reverse("cases:holds") + page.context["next_url"]
    assert seen == [TODAY + dt.timedelta(days=n) for n in (1, 2, 3, 4)]
    assert client.get(f"{reverse('cases:holds')}?show=ending&after=2026-01-01 00:00_1").status_code == 200
    lines = client_as(team_leader).get(reverse("cases:holds")).context["lines"]
    assert [line.case for line in lines] == [case]


def test_a_hold_of_a_person_of_another_desk_does_not_exist(collector, supervisor, client_as):
    foreign = make_case()
    hold = held(foreign, supervisor)
    client = client_as(collector)
    assert send(client, "hold_prove", hold.pk, proof="证明 1").status_code == 404
    assert client.get(reverse("cases:hold", args=[hold.pk])).status_code == 404
    assert client.get(reverse("cases:hold_place", args=[foreign.pk])).status_code == 404


def test_the_illness_of_a_person_is_not_told_to_who_only_books_money(case, collector, finance, clerk, client_as):
    held(case, collector)
    entries, _more = timeline(case, clerk)
    assert not [entry for entry in entries if entry.kind == "hold"]
    page = tab(client_as(clerk), case)
    assert "来电告知" not in page


# Numbers -------------------------------------------------------------------------------------------------------------


def test_a_number_is_added_and_checked_and_a_collector_judges_none_dead(case, collector, team_leader, client_as):
    client = client_as(collector)
    third = {"kind": "phone", "value": "139 0000 2222", "relation": "姑姑", "holder_name": "李四"}
    refused = send(client, "point_add", case.pk, origin="public_registry", **third)
    assert refused.status_code == 409 and "须由本人提供" in refused.content.decode()
    assert "139 0000 2222" in refused.content.decode(), "what was typed is kept"
    assert send(client, "point_add", case.pk, origin="import", **third).status_code == 400
    odd = send(client, "point_add", case.pk, origin="debtor_call", **{**third, "value": "12345"})
    assert odd.status_code == 409 and "可以拨打的号码" in odd.content.decode()
    assert send(client, "point_add", case.pk, origin="debtor_call", **third).status_code == 302
    twice = send(client, "point_add", case.pk, origin="debtor_call", **third)
    assert twice.status_code == 409 and "已经在案" in twice.content.decode()

    own = ContactPoint.objects.get(relation="")
    dead = {"status": "dead", "reason": "停机提示音"}
    assert send(client, "point", case.pk, own.pk, **dead).status_code == 400
    assert send(client_as(team_leader), "point", case.pk, own.pk, **dead).status_code == 302
    own.refresh_from_db()
    assert (own.status, own.verified_on) == ("dead", timezone.localdate())
    aunt = ContactPoint.objects.get(relation="姑姑")
    assert send(client, "point", case.pk, aunt.pk, status="refused", reason="要求不再联系").status_code == 302
    closed = send(client, "point", case.pk, aunt.pk, status="valid", reason="想了想")
    assert closed.status_code == 409 and "不能撤回" in closed.content.decode()
    page = tab(client, case, "contacts")
    assert "拒绝联系" in page and "本人通话中提供" in page
    titles = [entry.title for entry in timeline(case, collector, groups=["data"])[0]]
    assert "新增联系方式 139****2222" in titles and "联系方式 139****2222：拒绝联系" in titles
    said = " ".join(f"{event.data}{event.reason}" for event in AuditEvent.objects.all())
    assert "13900002222" not in said and "13900001111" not in said


def test_a_number_of_another_person_is_not_marked_from_here(case, collector, client_as):
    foreign = make_case(phones=("13900009999",)).loan.debtor.contact_points.get()
    answer = send(client_as(collector), "point", case.pk, foreign.pk, status="valid", reason="核对")
    assert answer.status_code == 404


def test_a_number_that_was_not_looked_at_for_a_month_is_to_be_checked_again(case, collector, client_as):
    own = ContactPoint.objects.filter(debtor=case.loan.debtor)
    own.update(status="valid", verified_on=TODAY - dt.timedelta(days=20))
    assert "应复核" not in tab(client_as(collector), case, "contacts")
    own.update(verified_on=TODAY - dt.timedelta(days=40))
    assert "应复核" in tab(client_as(collector), case, "contacts")


# Handover card and filters -------------------------------------------------------------------------------------------


def test_who_takes_over_a_case_reads_what_was_said_and_what_must_not_be_done(case, collector, supervisor, client_as):
    now = clock.now()
    for minutes, result, note in ((50, "no_answer", ""), (40, "right_party", "说 15 日发工资"), (30, "busy", "")):
        record_past(
            case=case, point=None, channel="call", result=result, actor=collector, note=note, now=now,
            started_at=now - dt.timedelta(minutes=minutes),
        )  # fmt: skip
    make_promise(case=case, amount=Decimal("400.00"), due_on=TODAY + dt.timedelta(days=2), actor=collector, now=now)
    held(case, collector, ends_at=after_day(TODAY + dt.timedelta(days=9)))
    client = client_as(supervisor)
    assert "交接卡" not in tab(client, case, "timeline"), "nobody has taken over yet"
    move_cases(cases=[case.pk], desk=desk_of(supervisor), reason="人员调整", actor=supervisor, now=now)
    page = tab(client, case, "timeline")
    card = page[page.index("handover-title") : page.index("timeline-filter")]
    for words in (
        "林催收 转来",
        "电话 · 占线",
        "说 15 日发工资",
        f"{day(2)} 前还 400.00 元 · 等待还款",
        "重大疾病 · 来电告知",
        f"至 {day(9)}",
    ):
        assert words in card, words


def test_out_of_the_pool_for_the_first_time_or_long_ago_is_no_handover(collector, supervisor, client_as):
    fresh = make_case()
    move_cases(cases=[fresh.pk], desk=desk_of(collector), reason="分案", actor=supervisor, now=clock.now())
    client = client_as(supervisor)
    assert "交接卡" not in tab(client, fresh, "timeline")
    move_cases(cases=[fresh.pk], desk=desk_of(supervisor), reason="调整", actor=supervisor, now=clock.now())
    assert "交接卡" in tab(client, fresh, "timeline")
    ago = clock.now() - dt.timedelta(days=9)
    fresh.custodies.filter(ended_at__isnull=False).update(started_at=ago, ended_at=ago)
    fresh.custodies.filter(ended_at__isnull=True).update(started_at=ago)
    assert "交接卡" not in tab(client, fresh, "timeline")


def test_the_timeline_shows_only_the_kinds_that_are_asked_for(case, collector, supervisor, client_as):
    held(case, collector)
    move_cases(cases=[case.pk], desk=pool_desk(), reason="退回", actor=supervisor, now=clock.now())
    client, address = client_as(supervisor), reverse("cases:record", args=[case.pk])

    def shown(*groups: str) -> set[str]:
        return {entry.kind for entry in client.get(address, {"show": groups}).context["entries"]}

    assert shown() == {"entered", "custody", "hold"}
    assert shown("care") == {"hold"}
    assert shown("custody", "money") == {"entered", "custody"}
    assert shown("nonsense") == shown()
    empty = client.get(address, {"show": "agreed"}).content.decode()
    assert "没有这类记录" in empty
    page = client.get(address, {"show": ["care"]}).content.decode()
    assert "&amp;show=care&amp;show=custody" in page, "a chip adds its kinds to those that are on"
