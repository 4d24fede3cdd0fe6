"""The pages: who sees what, the form with what was typed, one click to the next talk."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.access import Role
from collection_ops.core.models import Notification, User
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.form_tokens import new_token
from compliance.models import OpinionKind, QualityCheck, QualityOpinion, ScoreForm
from compliance.quality.checking import Given, save_opinion
from compliance.quality.reference import seed_quality
from compliance.services.recordings import keep_transcript
from compliance.wordcheck.scanning import read_new
from tests.cases.builders import desk_of, make_case
from tests.compliance.quality.builders import NEXT_WEEK, checker, drawn, given, one_check, week_of_talks
from tests.compliance.quality.test_from_check_to_appeal import share

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Client]


@pytest.fixture
def check(collector: User) -> QualityCheck:
    return one_check(collector)


def page(client: Client, check: QualityCheck, status: int = 200) -> str:
    answer = client.get(reverse("compliance:quality_check", args=[check.pk]))
    assert answer.status_code == status
    return answer.content.decode()


def send(client: Client, name: str, check: QualityCheck, **values: Any) -> Any:
    return client.post(
        reverse(f"compliance:quality_{name}", args=[check.pk]), {"form_token": new_token(), **values}, follow=True
    )


def filled(**changes: str) -> dict[str, str]:
    return {f"item_{code}": str(level) for code, level in given().answers.items()} | changes


def result(check: QualityCheck, actor: User, what: Given | None = None) -> None:
    save_opinion(check=check, kind=OpinionKind.FIRST, given=what or given(), submit=True, actor=actor, now=NEXT_WEEK)
    QualityCheck.objects.filter(pk=check.pk).update(done_at=timezone.now())  # the pages' clock is the real one
    check.refresh_from_db()


def test_recording_note_and_form_stand_side_by_side_and_what_was_typed_is_kept(
    check: QualityCheck, compliance_officer: User, client_as: Browse
) -> None:
    client = client_as(compliance_officer)
    shown = page(client, check)
    assert "开始检查" in shown
    assert "item_polite" not in shown
    send(client, "take", check)
    shown = page(client, check)
    assert "item_polite" in shown
    assert f"rec-{check.attempt_id}" in shown
    assert "已说明欠款" in shown
    answer = send(client, "score", check, **filled(kind="first", action="submit", item_polite="", comment="有两处打断"))
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "没有这个选项" in body
    assert "有两处打断" in body
    answer = send(
        client,
        "score",
        check,
        **filled(kind="first", action="submit", critical="threat", quote_threat="", comment="甲"),
    )
    assert answer.status_code == 409
    assert "须摘录原话" in answer.content.decode()
    assert not QualityOpinion.objects.exclude(submitted_at=None).exists()
    send(client, "score", check, kind="first", action="draft", item_polite="1", comment="未完")
    assert "未完" in page(client, check)
    done = send(client, "score", check, **filled(kind="first", action="submit", item_empathy="na"))
    assert done.redirect_chain[0][0] == reverse("compliance:quality")
    check.refresh_from_db()
    assert (check.state, check.score) == ("done", 100)


def test_what_was_said_stands_beside_the_note_with_forbidden_words_marked_for_those_who_check(
    check: QualityCheck, collector: User, compliance_officer: User, client_as: Browse
) -> None:
    share(0)
    keep_transcript(attempt=check.attempt, text="您好<i>。你这个老赖，老赖！", engine="t", now=NEXT_WEEK)
    read_new(now=NEXT_WEEK)
    marked = '<mark title="不得威胁、侮辱、恐吓、跟踪或骚扰">老赖</mark>'
    shown = page(client_as(compliance_officer), check)
    assert f"您好&lt;i&gt;。你这个{marked}，{marked}！" in shown
    result(check, compliance_officer)
    assert "您好&lt;i&gt;。你这个老赖，老赖！" in page(client_as(collector), check)


def test_the_next_talk_is_the_one_begun_then_the_weightiest_and_two_people_get_two(
    collector: User, compliance_officer: User, client_as: Browse
) -> None:
    share(0)
    week_of_talks(collector, 45)
    first, second, third = drawn().checks.order_by("pk")
    QualityCheck.objects.filter(pk=third.pk).update(weight=9)

    def following(user: User) -> str:
        return client_as(user).post(reverse("compliance:quality_next"), {"form_token": new_token()})["Location"]

    def at(check: QualityCheck) -> str:
        return reverse("compliance:quality_check", args=[check.pk])

    other = checker("b")
    assert following(compliance_officer) == at(third)
    assert following(other) == at(first), "the weightiest is in hand already"
    assert following(compliance_officer) == at(third), "what was begun comes first"
    for one in (third, second):
        result(one, compliance_officer)
    assert following(compliance_officer) == reverse("compliance:quality"), "the last one is the other's"
    client_as(other).post(reverse("compliance:quality_give_back", args=[first.pk]), {"form_token": new_token()})
    assert following(compliance_officer) == at(first)


def test_a_collector_finds_only_own_results_and_a_name_only_while_the_case_is_theirs(
    check: QualityCheck, collector: User, team_leader: User, compliance_officer: User, client_as: Browse
) -> None:
    share(0)
    mine, address = client_as(collector), reverse("compliance:quality")
    page(mine, check, 404)
    assert check.number not in mine.get(address).content.decode()
    result(check, compliance_officer, given(1, comment="声音偏急"))
    shown = page(mine, check)
    for words in ("声音偏急", "张三丰", "50.00", "我已查看并确认", "申诉"):
        assert words in shown
    for words in ("何合规", "抽中概率"):
        assert words not in shown
    assert check.number in mine.get(address).content.decode()
    assert mine.get(reverse("compliance:quality_batches")).status_code == 403
    type(check.attempt.case).objects.update(desk=make_case(desk=desk_of(team_leader)).desk)
    assert "张三丰" not in page(mine, check)
    send(mine, "acknowledge", check)
    answer = send(mine, "appeal", check, reason=" ")
    assert answer.status_code == 409
    assert "请写明申诉的理由" in answer.content.decode()
    send(mine, "appeal", check, reason="第二分钟已致歉")
    check.refresh_from_db()
    assert check.acknowledged_at is not None
    assert check.appeal.made_by == collector


def test_a_second_checker_is_blind_everywhere_until_their_own_is_given(
    check: QualityCheck, compliance_officer: User, client_as: Browse
) -> None:
    share(100)
    result(check, compliance_officer, given(0, comment="初评的评语"))
    other = checker("b")
    client, address = client_as(other), reverse("compliance:quality")

    def seen() -> list[bool]:
        lists = [client.get(address, {"show": show}).content.decode() for show in ("second", "done", "all")]
        failed = client.get(address, {"show": "done", "result": "failed"}).content.decode()
        return [
            "初评的评语" in page(client, check),
            any('<span class="figures">0.00</span>' in one for one in lists),
            f'data-check="{check.pk}"' in failed,
        ]

    assert "盲样复评" not in page(client, check)
    send(client, "take", check)
    assert "盲样复评" in page(client, check)
    assert seen() == [False, False, False]
    answer = send(client, "score", check, **filled(kind="second", action="submit"))
    assert answer.status_code == 200
    assert seen() == [True, True, True]
    assert "协调两次评分" in page(client, check)
    refused = send(client, "settle", check, holds="second", note="我对")
    assert refused.status_code == 409
    assert "不能自行决定" in refused.content.decode()
    send(client_as(compliance_officer), "settle", check, holds="second", note="认同复评")
    check.refresh_from_db()
    assert (check.second, check.score) == ("settled", 100)


def test_an_appeal_is_decided_on_the_form_with_the_first_answers_filled_in(
    check: QualityCheck, collector: User, compliance_officer: User, client_as: Browse
) -> None:
    share(0)
    result(check, compliance_officer, given(1))
    send(client_as(collector), "appeal", check, reason="第二分钟已致歉")
    client = client_as(checker("b"))
    shown = page(client, check)
    assert "第二分钟已致歉" in shown
    assert shown.count('value="1" checked') == 14
    answer = send(client, "score", check, **filled(kind="appeal", action="submit", note=""))
    assert "请写明复核的理由" in answer.content.decode()
    send(client, "score", check, **filled(kind="appeal", action="submit", note="属实"))
    check.refresh_from_db()
    assert (check.score, check.appeal.outcome) == (100, "changed")
    shown = page(client_as(collector), check)
    assert "初评 50.00 分" in shown
    assert "属实" in shown


def test_a_batch_is_drawn_looked_at_and_issued_on_its_pages(
    collector: User, compliance_officer: User, client_as: Browse
) -> None:
    seed_quality()
    week_of_talks(collector, 3)
    client = client_as(compliance_officer)
    days = {"first": "2026-03-02", "last": "2026-03-08", "seed": "s"}

    def draw(**values: str) -> Any:
        sent = {"form_token": new_token(), **days, **values}
        return client.post(reverse("compliance:quality_draw"), sent, follow=True)

    wrong = draw(last="2026-03-01")
    assert (wrong.status_code, "不能早于开始日期" in wrong.content.decode()) == (409, True)
    shown = draw().content.decode()
    for words in ("已抽中 2 通", "林催收", "一致", "下发给质检员"):
        assert words in shown
    batch = QualityCheck.objects.first().batch
    address = reverse("compliance:quality_batch_decide", args=[batch.pk])
    client.post(address, {"form_token": new_token(), "decision": "issue"})
    assert set(batch.checks.values_list("state", flat=True)) == {"waiting"}
    again = client.post(address, {"form_token": new_token(), "decision": "discard"}, follow=True)
    assert "已下发" in again.content.decode()
    assert batch.checks.count() == 2


def test_a_form_is_edited_line_by_line_into_a_new_version(compliance_officer: User, client_as: Browse) -> None:
    seed_quality()
    client, address = client_as(compliance_officer), reverse("compliance:quality_form")
    values = {
        "section_0": "opening", "code_0": "said_staff_no", "label_0": "报工号", "weight_0": "40",
        "section_1": "opening", "code_1": "identity", "label_1": "", "weight_1": "15",
        "section_2": "closing", "code_2": "", "label_2": "感谢接听", "weight_2": "10", "na_2": "on",
        "critical_code_0": "threat", "critical_label_0": "威胁辱骂", "critical_label_1": "骚扰家人",
        "critical_breach_1": "B01.5",
        "pass_mark": "80", "based_on": "1", "reason": "精简",
    }  # fmt: skip

    def send(**changes: str) -> Any:
        return client.post(address, {"form_token": new_token(), **values, **changes}, follow=True)

    wrong = send(weight_2="0")
    assert wrong.status_code == 409
    assert "感谢接听" in wrong.content.decode()
    assert send().status_code == 200
    body = ScoreForm.objects.get(version=2).body
    items = {item["code"]: item for one in body["sections"] for item in one["items"]}
    assert items.keys() == {"said_staff_no", "item_2_1"}
    assert (items["item_2_1"]["na"], items["said_staff_no"]["label"]) == (True, "报工号")
    assert [(one["code"], one.get("breach")) for one in body["critical"]] == [("threat", None), ("error_2_1", "B01.5")]
    shown = client.get(address).content.decode()
    assert shown.count('<option value="B01.2" selected>') == 1, "an error of the shipped form is what it usually is"
    assert send(critical_breach_1="B99").status_code == 409


def test_the_month_of_a_team_is_the_leaders_and_how_checkers_agree_is_not(
    check: QualityCheck, team_leader: User, compliance_officer: User, client_as: Browse
) -> None:
    share(0)
    result(check, compliance_officer)
    QualityCheck.objects.update(done_at=NEXT_WEEK)
    address = reverse("compliance:quality_results")
    shown = client_as(team_leader).get(address, {"month": "2026-03"}).content.decode()
    assert "林催收" in shown
    assert "质检员之间的一致程度" not in shown
    assert "林催收" not in client_as(team_leader).get(address, {"month": "2026-02"}).content.decode()
    assert "质检员之间的一致程度" in client_as(compliance_officer).get(address, {"month": "2026-xx"}).content.decode()


def test_nobody_opens_or_answers_a_check_of_others_by_its_number(
    check: QualityCheck,
    collector: User,
    team_leader: User,
    vendor_manager: User,
    compliance_officer: User,
    client_as: Browse,
) -> None:
    share(0)
    result(check, compliance_officer, given(1))
    colleague, far_leader = (
        create_user(username=name, display_name=name, password="x", roles=[role], actor=None, unit=unit)
        for name, role, unit in (("b", Role.COLLECTOR, collector.unit), ("l", Role.TEAM_LEADER, "team-far"))
    )
    for person in (colleague, far_leader, vendor_manager):
        page(client_as(person), check, 404)
        assert send(client_as(person), "appeal", check, reason="不服").status_code == 404
        assert check.number not in client_as(person).get(reverse("compliance:quality")).content.decode()
        assert "林催收" not in client_as(person).get(reverse("compliance:quality_results")).content.decode()
    page(client_as(team_leader), check)
    assert send(client_as(team_leader), "acknowledge", check).status_code == 409, "nobody takes note for another"
    assert send(client_as(team_leader), "score", check, **filled(kind="first", action="submit")).status_code == 403
    check.refresh_from_db()
    assert check.acknowledged_at is None


def test_a_second_click_and_the_back_button_change_nothing(
    check: QualityCheck, collector: User, compliance_officer: User, client_as: Browse
) -> None:
    share(0)
    client, token = client_as(compliance_officer), new_token()
    address = reverse("compliance:quality_score", args=[check.pk])
    for _click in range(2):
        client.post(address, {"form_token": token, **filled(kind="first", action="submit", item_polite="1")})
    check.refresh_from_db()
    assert (check.score, check.opinions.count()) == (95, 1)
    # Back to the form as it was, filled in otherwise, with a token of its own.
    for kind in ("first", "second", "appeal", "none"):
        answer = send(client, "score", check, **filled(kind=kind, action="submit", note="x", item_polite="0"))
        assert answer.status_code == 409
    assert send(client, "take", check).status_code == 409
    assert send(client, "give_back", check).status_code == 409
    assert send(client, "settle", check, holds="first", note="x").status_code == 409
    check.refresh_from_db()
    assert (check.score, check.opinions.count()) == (95, 1)


def test_an_agencys_result_is_told_to_whoever_looks_after_the_agencies_and_appealed_by_them(
    check: QualityCheck, collector: User, vendor_manager: User, compliance_officer: User, client_as: Browse
) -> None:
    share(0)
    QualityCheck.objects.filter(pk=check.pk).update(user=None, org="agency-a")
    check.refresh_from_db()
    page(client_as(vendor_manager), check, 404)
    result(check, compliance_officer, given(1))
    assert Notification.objects.get(kind="quality.agency_failed").user == vendor_manager
    page(client_as(collector), check, 404)
    shown = page(client_as(vendor_manager), check)
    assert "50.00" in shown
    assert "我已查看并确认" not in shown
    send(client_as(vendor_manager), "appeal", check, reason="录音前半段已核实身份")
    other = client_as(checker("b"))
    send(other, "score", check, **filled(kind="appeal", action="submit", note="属实"))
    check.refresh_from_db()
    assert (check.score, check.appeal.outcome, check.appeal.made_by) == (100, "changed", vendor_manager)
    assert Notification.objects.filter(kind="quality.appeal_changed", user=vendor_manager).exists()


def test_an_empty_house_says_what_to_do_first(compliance_officer: User, collector: User, client_as: Browse) -> None:
    seed_quality()
    client = client_as(compliance_officer)
    assert "在“抽样批次”中抽样并下发" in client.get(reverse("compliance:quality")).content.decode()
    for name in ("quality_results", "quality_batches", "quality_form", "quality_plan"):
        assert client.get(reverse(f"compliance:{name}")).status_code == 200
    days = {"first": "2026-03-02", "last": "2026-03-08", "form_token": new_token()}
    answer = client.post(reverse("compliance:quality_draw"), days)
    assert (answer.status_code, "没有已记录的通话" in answer.content.decode()) == (409, True)
    assert "还没有质检结果" in client_as(collector).get(reverse("compliance:quality")).content.decode()
