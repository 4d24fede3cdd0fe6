"""A suggestion on its way: filed, seconded, answered, judged; duplicates; owners; the month. Nothing disappears."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.models import AuditEvent, Notification, User
from collection_ops.core.services.accounts import disable
from collection_ops.core.services.form_tokens import new_token
from compliance.models import Suggestion, SuggestionStep, SuggestionSupport
from compliance.suggestions import answering, filing
from compliance.suggestions.month import Filed, Line, lines, month_of
from compliance.suggestions.refusals import SuggestionRefused
from compliance.suggestions.reminding import remind_owners
from tests.cases.builders import desk_of, make_case
from tests.compliance.routing.cast import MONDAY, days, person
from tests.core.races import at_once

pytestmark = pytest.mark.django_db


def filed(by: User, *, now: dt.datetime = MONDAY, **said: object) -> Suggestion:
    given: dict[str, object] = {"area": "system", "text": "通话页切换案件很慢", **said}
    return filing.file_suggestion(actor=by, now=now, **given)  # type: ignore[arg-type]


def answered(
    one: Suggestion, by: User, decision: str = "done", *, now: dt.datetime = MONDAY, **said: object
) -> Suggestion:
    given: dict[str, object] = {"words": "已修复", **said}
    one = Suggestion.objects.get(pk=one.pk)
    return answering.answer(suggestion=one, decision=decision, actor=by, now=now, **given)  # type: ignore[arg-type]


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_from_filed_to_not_content_to_done(
    collector: User, clerk: User, manager: User, admin_user: User, auditor: User
) -> None:
    answering.save_owners(chosen={"system": admin_user}, actor=manager, now=MONDAY)
    one = filed(collector, urgency="urgent")
    assert (one.owner, told(admin_user), told(manager)) == (admin_user, ["suggestion.filed"], [])
    assert [filing.second(suggestion=one, actor=clerk, now=days(1)) for _again in range(2)] == [True, False]
    with pytest.raises(SuggestionRefused, match="自己提出的不用附议"):
        filing.second(suggestion=one, actor=collector, now=days(1))

    with pytest.raises(SuggestionRefused, match="由负责人 关管理 答复"):
        answered(one, clerk)
    with pytest.raises(SuggestionRefused, match="由负责人 关管理 答复"):
        answered(one, auditor)
    with pytest.raises(SuggestionRefused, match="请填写落实日期") as refused:
        answered(one, admin_user, "accept", now=days(2))
    assert refused.value.field == "promised_on"
    with pytest.raises(SuggestionRefused, match="不采纳的写明原因"):
        answered(one, admin_user, "decline", words=" ", now=days(2))
    accepted = answered(one, admin_user, "accept", promised_on=dt.date(2026, 3, 20), now=days(2))
    assert accepted.answered_at == days(2)
    assert told(collector) == told(clerk) == ["suggestion.accepted"]
    with pytest.raises(SuggestionRefused, match="已由 关管理 处理"):
        filing.judge(suggestion=one, content=True, because="", actor=collector, now=days(3))
    answered(one, admin_user, "done", now=days(10))

    with pytest.raises(SuggestionRefused, match="由提出人 林催收 评价"):
        filing.judge(suggestion=one, content=True, because="", actor=clerk, now=days(11))
    with pytest.raises(SuggestionRefused, match="哪里没有解决"):
        filing.judge(suggestion=one, content=False, because="", actor=collector, now=days(11))
    again = filing.judge(suggestion=one, content=False, because="搜索仍然慢", actor=collector, now=days(11))
    assert (again.state, again.satisfied, again.answered_at) == ("open", False, days(2))
    assert told(admin_user)[-1] == "suggestion.reopened"
    answered(one, admin_user, "done", now=days(12))
    content = filing.judge(suggestion=one, content=True, because="", actor=collector, now=days(13))
    assert (content.state, content.satisfied) == ("done", True)
    with pytest.raises(SuggestionRefused, match="已经评价过"):
        filing.judge(suggestion=one, content=True, because="", actor=collector, now=days(13))

    kinds = ["filed", "accepted", "done", "not_satisfied", "done", "satisfied"]
    assert list(one.steps.order_by("pk").values_list("kind", flat=True)) == kinds
    assert AuditEvent.objects.filter(action="suggestion.done").count() == 2


def test_nothing_disappears(collector: User, manager: User) -> None:
    one = filed(collector)
    with pytest.raises(ProtectedError):
        one.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        SuggestionStep.objects.update(kind="done")
    with pytest.raises(DatabaseError), transaction.atomic():
        Suggestion.objects.update(state="done")


def test_without_an_owner_all_who_answer_are_told_and_nobody_answers_their_own(
    supervisor: User, manager: User, auditor: User, outsider: User, admin_user: User
) -> None:
    one = filed(supervisor)
    assert (told(manager), told(supervisor), told(auditor)) == (["suggestion.filed"], [], [])
    with pytest.raises(SuggestionRefused, match="由他人答复"):
        answered(one, supervisor)
    with pytest.raises(SuggestionRefused, match="没有岗位"):
        filed(outsider)
    answering.save_owners(chosen={"system": manager}, actor=supervisor, now=MONDAY)
    one.refresh_from_db()
    assert one.owner == manager, "what waited without an owner is theirs"
    assert filed(manager).owner is None, "the owner's own is answered by others"
    disable(user=manager, actor=admin_user, reason="离职", now=MONDAY)
    assert filed(supervisor).owner is None
    with pytest.raises(SuggestionRefused, match="不能修改"):
        answering.save_owners(chosen={}, actor=auditor, now=MONDAY)


def test_a_duplicate_gets_the_answer_of_the_one_it_is_linked_to(
    collector: User, clerk: User, team_leader: User, manager: User
) -> None:
    first, second, third = filed(collector), filed(clerk), filed(team_leader)
    answering.link_duplicate(suggestion=third, to=second, actor=manager, now=days(1))
    with pytest.raises(SuggestionRefused, match="本身是重复的"):
        answering.link_duplicate(suggestion=first, to=third, actor=manager, now=days(1))
    with pytest.raises(SuggestionRefused, match="不能与自身"):
        answering.link_duplicate(suggestion=first, to=first, actor=manager, now=days(1))
    answering.link_duplicate(suggestion=second, to=first, actor=manager, now=days(1))
    assert set(first.duplicates.all()) == {second, third}
    assert set(SuggestionSupport.objects.filter(suggestion=first).values_list("user", flat=True)) == {
        clerk.pk,
        team_leader.pk,
    }
    answered(first, manager)
    for person_told in (collector, clerk, team_leader):
        assert told(person_told)[-1] == "suggestion.done"
    with pytest.raises(SuggestionRefused, match="已由 景经理 处理，现为“重复”"):
        answered(second, manager)


def test_another_owner_answers_and_the_filer_cannot_be_one(collector: User, clerk: User, manager: User) -> None:
    one = filed(collector)
    with pytest.raises(SuggestionRefused, match="您不能指定"):
        answering.assign(suggestion=one, owner=clerk, actor=clerk, now=MONDAY)
    with pytest.raises(SuggestionRefused, match="不能答复自己"):
        answering.assign(suggestion=one, owner=collector, actor=manager, now=MONDAY)
    answering.assign(suggestion=one, owner=clerk, actor=manager, now=MONDAY)
    assert told(clerk) == ["suggestion.assigned"]
    assert answered(one, clerk).state == "done"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_is_told(collector: User, manager: User, compliance_officer: User) -> None:
    one = filed(collector)
    found = at_once(
        lambda: answered(one, manager, "decline", words="暂不做", seen="open"),
        lambda: answering.answer(
            suggestion=one, decision="accept", words="做", promised_on=dt.date(2026, 3, 9), actor=compliance_officer,
            now=MONDAY, seen="open",
        ),
    )  # fmt: skip
    assert sum(isinstance(each, SuggestionRefused) for each in found) == 1, found
    assert len(told(collector)) == 1


def test_an_answer_written_on_an_old_page_is_refused(collector: User, manager: User, compliance_officer: User) -> None:
    one = filed(collector)
    answered(one, manager, "accept", promised_on=dt.date(2026, 3, 9))
    with pytest.raises(SuggestionRefused, match="景经理 刚刚已答复"):
        answered(one, compliance_officer, "decline", seen="open")


def test_owners_are_reminded_after_a_week_and_when_a_promise_is_over_once_each(
    collector: User, clerk: User, manager: User, supervisor: User
) -> None:
    one = filed(collector)
    answering.assign(suggestion=one, owner=clerk, actor=manager, now=MONDAY)
    assert [remind_owners(now=days(n)) for n in (6, 7, 8)] == [0, 1, 0]
    assert (told(clerk)[-1], "suggestion.unanswered" in told(supervisor)) == ("suggestion.unanswered", False)
    answered(one, clerk, "accept", promised_on=dt.date(2026, 3, 12), now=days(9))
    assert [remind_owners(now=days(n)) for n in (10, 11, 12)] == [0, 1, 0]
    assert told(clerk)[-1] == "suggestion.late"
    filed(collector)
    assert remind_owners(now=days(20)) == 1
    assert told(manager)[-1] == told(supervisor)[-1] == "suggestion.unanswered"


def test_a_month_is_counted_by_area() -> None:
    march = dt.date(2026, 3, 1)

    def one(area: str, state: str, day: int, answered: int | None, month: int = 3) -> Filed:
        return Filed(area, state, dt.date(2026, month, day), dt.date(2026, month, answered) if answered else None)

    rows = [
        one("system", "done", 2, 4), one("system", "declined", 3, 8), one("system", "open", 10, None),
        one("words", "open", 20, None), one("system", "open", 1, None, month=2),
    ]  # fmt: skip
    found = lines(rows, first=march, last=dt.date(2026, 3, 31), today=dt.date(2026, 3, 25))
    assert found == [
        Line("system", 3, 2, 1, 1, 3.5, 2),
        Line("words", 1, 0, 0, 0, None, 0),
        Line("", 4, 2, 1, 1, 3.5, 2),
    ]


def test_the_month_of_the_page_and_its_file(
    client_as: Callable[[User], Client], collector: User, supervisor: User, auditor: User
) -> None:
    now = timezone.now()
    one, about = filed(collector, now=now, text="=缓慢"), filed(collector, now=now, text="某客户的事", case=make_case())
    assert month_of(timezone.localdate().replace(day=1), user=auditor, today=timezone.localdate())[-1].filed == 2
    address = reverse("compliance:suggestions_month")
    assert client_as(collector).get(address).status_code == 403
    assert client_as(auditor).get(address).status_code == 200
    text = client_as(supervisor).get(address, {"format": "csv"}).content.decode("utf-8-sig")
    assert one.number in text and "'=缓慢" in text
    assert about.number in text and "某客户的事" not in text
    assert AuditEvent.objects.filter(action="suggestion.exported").count() == 1


def post(client: Client, route: str, *args: object, **values: object) -> object:
    return client.post(reverse(f"compliance:{route}", args=args), {**values, "form_token": new_token()})


def test_the_pages_from_filing_to_the_verdict(
    client_as: Callable[[User], Client], collector: User, clerk: User, manager: User, outsider: User
) -> None:
    filer, answers, colleague = client_as(collector), client_as(manager), client_as(clerk)
    empty = post(filer, "suggestion_new", area="system", text=" ", urgency="normal")
    assert empty.status_code == 400  # type: ignore[attr-defined]
    post(filer, "suggestion_new", area="system", text="导出按钮不明显", urgency="normal")
    one = Suggestion.objects.get()
    assert "导出按钮不明显" in colleague.get(reverse("compliance:suggestions")).content.decode()
    assert "待答复的问题与建议" in answers.get(reverse("core:tasks")).content.decode()
    assert post(colleague, "suggestion_support", one.pk).status_code == 302  # type: ignore[attr-defined]
    refused = post(answers, "suggestion_answer", one.pk, decision="accept", words="会改", seen="open")
    text = refused.content.decode()  # type: ignore[attr-defined]
    assert refused.status_code == 409 and "请填写落实日期" in text and "会改" in text  # type: ignore[attr-defined]
    post(answers, "suggestion_answer", one.pk, decision="done", words="已放大", seen="open")
    shown = filer.get(reverse("compliance:suggestion", args=[one.pk])).content.decode()
    assert "已放大" in shown and "没有解决" in shown
    assert "没有解决" not in colleague.get(reverse("compliance:suggestion", args=[one.pk])).content.decode()
    post(filer, "suggestion_verdict", one.pk, content="yes", because="")
    one.refresh_from_db()
    assert one.satisfied is True
    assert client_as(outsider).get(reverse("compliance:suggestion", args=[one.pk])).status_code == 404
    assert client_as(outsider).get(reverse("compliance:suggestion_new")).status_code == 404


def test_one_that_names_a_case_is_read_by_the_filer_and_who_answers_only(
    client_as: Callable[[User], Client], collector: User, clerk: User, manager: User
) -> None:
    case = make_case(desk=desk_of(collector))
    post(client_as(collector), "suggestion_new", area="debtor", text="这件的金额不对", urgency="normal", case=case.pk)
    one = Suggestion.objects.get()
    assert one.case == case
    assert client_as(clerk).get(reverse("compliance:suggestion", args=[one.pk])).status_code == 404
    assert client_as(manager).get(reverse("compliance:suggestion", args=[one.pk])).status_code == 200
    others = post(
        client_as(person("li", "collector")),
        "suggestion_new",
        area="debtor",
        text="别人的",
        urgency="normal",
        case=case.pk,
    )
    assert others.status_code == 404 and Suggestion.objects.count() == 1  # type: ignore[attr-defined]
