"""Words for calls: bound to the ledger, approved by a second person, never about the debt to a third person."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collection_ops.core.approvals import waiting_for
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.models import PointState, TalkingPoint
from compliance.reference import seed_talking_points, shipped
from compliance.selectors_calls import lines_to_say
from compliance.services.talking_points import WordsRefused, check_words, decide_point, retire_point, submit_point
from tests.compliance.conftest import Person, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db


def submit(author: User, text: str = "截至 {as_of}，逾期总额 {total}。", **options) -> TalkingPoint:
    return submit_point(author=author, now=monday("10:00"), **{"topic": "owed", "text": text, **options})


def said(person: Person, staff: User, *, shows_amounts: bool = True) -> list[str]:
    lines = lines_to_say(case=person.card, staff=staff, audience="debtor", shows_amounts=shows_amounts)
    return [line.text for line in lines]


def test_words_are_used_once_a_second_person_has_approved_them(
    person: Person, collector: User, supervisor: User, compliance_officer: User
) -> None:
    point = submit(supervisor)
    assert said(person, collector) == []
    assert [one.label for one in waiting_for(compliance_officer)] == ["待审批话术"]
    assert waiting_for(collector) == []
    decide_point(point=point, approve=True, actor=compliance_officer, now=monday("11:00"))
    assert said(person, collector) == [f"截至 {person.card.as_of.isoformat()}，逾期总额 1,234.56 元。"]
    assert said(person, collector, shows_amounts=False) == ["截至 ••••，逾期总额 ••••。"]
    with pytest.raises(WordsRefused, match="已经有审批结果"):
        decide_point(point=point, approve=False, actor=compliance_officer, now=monday("11:05"), note="x")


def test_nobody_approves_their_own_words(compliance_officer: User) -> None:
    point = submit(compliance_officer)
    assert [one for one in waiting_for(compliance_officer) if one.label == "待审批话术"] == []
    with pytest.raises(WordsRefused, match="他人审批"):
        decide_point(point=point, approve=True, actor=compliance_officer, now=monday("11:00"))
    with pytest.raises(IntegrityError), transaction.atomic():
        TalkingPoint.objects.filter(pk=point.pk).update(decided_by=compliance_officer)


def test_other_words_replace_the_old_ones_when_they_are_approved(
    person: Person, collector: User, supervisor: User, compliance_officer: User
) -> None:
    old = decide_point(point=submit(supervisor), approve=True, actor=compliance_officer, now=monday("11:00"))
    new = submit(supervisor, "您目前逾期 {days} 天。", replaces=old)
    assert len(said(person, collector)) == 1
    decide_point(point=new, approve=True, actor=compliance_officer, now=monday("12:00"))
    assert said(person, collector) == [f"您目前逾期 {person.card.days_past_due} 天。"]
    old.refresh_from_db()
    assert old.state == PointState.RETIRED
    with pytest.raises(WordsRefused, match="只能替换"):
        submit(supervisor, replaces=old)
    with pytest.raises(WordsRefused, match="停用的原因"):
        retire_point(point=new, actor=compliance_officer, reason=" ")
    retire_point(point=new, actor=compliance_officer, reason="措辞不当")
    assert said(person, collector) == []


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "您欠 3,240.18 元"}, "text"),
        ({"text": "你是老赖"}, "text"),
        ({"text": "不还就上门拘留你"}, "text"),
        ({"text": "您欠 {sum}"}, "text"),
        ({"text": "您欠 {total"}, "text"),
        ({"text": "长" * 301}, "text"),
        ({"text": "公安机关将上门拘留"}, "text"),
        ({"text": "可以先在其他平台借款"}, "text"),
        ({"audience": "third", "topic": "opening", "text": "他有一笔逾期"}, "text"),
        ({"topic": "threat", "text": "话"}, "topic"),
        ({"reason": "lazy", "text": "话"}, "reason"),
        ({"audience": "third", "topic": "opening", "text": "他欠了 {total}"}, "text"),
        ({"audience": "third", "topic": "consequence", "text": "会起诉"}, "text"),
        ({"text": "好", "text_en": "you owe {sum}"}, "text_en"),
    ],
)
def test_words_that_must_not_be_said_are_not_kept(supervisor: User, words, field: str) -> None:
    with pytest.raises(WordsRefused) as refused:
        submit(supervisor, **{"topic": "owed", **words})
    assert refused.value.field == field
    assert not TalkingPoint.objects.exists()


def test_what_is_shipped_passes_its_own_check_and_comes_approved(db: None) -> None:
    assert seed_talking_points() == f"{len(shipped('talking_points'))} talking points added"
    assert seed_talking_points() == "0 talking points added"
    for point in TalkingPoint.objects.all():
        for text in (point.text, point.text_en):
            check_words(
                topic=point.topic, text=text, audience=point.audience, reason=point.reason, temper=point.temper,
                field="text" if text == point.text else "text_en",
            )  # fmt: skip
        assert point.state == PointState.APPROVED


def test_the_pages_submit_decide_and_retire(
    supervisor: User, compliance_officer: User, collector: User, client_as
) -> None:
    author, officer, reader = (client_as(user) for user in (supervisor, compliance_officer, collector))
    new = reverse("compliance:talking_point_new")
    typed = {"topic": "owed", "audience": "debtor", "reason": "forgot", "temper": "", "text": "您逾期 {days} 天。"}
    wrong = author.post(new, {"form_token": new_token(), **typed, "text": "您欠 500 元"})
    assert wrong.status_code == 400
    assert "您欠 500 元" in wrong.content.decode()
    assert reader.get(new).status_code == 403
    made = author.post(new, {"form_token": new_token(), **typed})
    point = TalkingPoint.objects.get()
    assert made["Location"] == reverse("compliance:talking_point", args=[point.pk])
    assert 'value="approve"' not in author.get(made["Location"]).content.decode()
    decide = reverse("compliance:talking_point_decide", args=[point.pk])
    unsaid = officer.post(decide, {"form_token": new_token(), "decision": "reject", "note": ""})
    assert unsaid.status_code == 409
    assert "请写明不通过的原因" in unsaid.content.decode()
    officer.post(decide, {"form_token": new_token(), "decision": "approve", "note": ""})
    assert (
        "您逾期 {days} 天。" in reader.get(reverse("compliance:talking_points"), {"reason": "forgot"}).content.decode()
    )
    again = author.get(new, {"replaces": point.pk}).content.decode()
    assert "您逾期 {days} 天。" in again
    retire = reverse("compliance:talking_point_retire", args=[point.pk])
    assert author.post(retire, {"form_token": new_token(), "note": "旧"}).status_code == 403
    assert officer.post(retire, {"form_token": new_token(), "note": ""}).status_code == 400
    assert officer.post(retire, {"form_token": new_token(), "note": "旧"}).status_code == 302
    point.refresh_from_db()
    assert point.state == PointState.RETIRED
