"""What people read of rectifications and meetings, and do with them, in the browser."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.budgets.test_book_queries import own_queries
from tests.cases.care.files import GOOD
from tests.vendors.rectification.cast import answered, breach, make_agency, proposed, raised, stopped, today
from vendors.meetings import keeping
from vendors.models import Agency, MonthlyMeeting, Rectification, Termination
from vendors.rectification import handling, raising

pytestmark = pytest.mark.django_db
LONG_NAME = "远山远水远路远行资产管理与信用服务（北方区域）股份有限公司"


@pytest.fixture
def agency(vendor_manager: User) -> Agency:
    return make_agency("ag-a", LONG_NAME)


def page(client: Client, name: str, *args: int, language: str = "", **query: str) -> str:
    headers = {"Accept-Language": language} if language else {}
    response = client.get(reverse(f"vendors:{name}", args=args), query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, name: str, *args: int, **typed: object):
    return client.post(reverse(f"vendors:{name}", args=args), {**typed, "form_token": new_token()})


def test_the_list_shows_what_is_overdue_first_and_can_be_narrowed(client_as, vendor_manager, supervisor, agency):
    client = client_as(vendor_manager)
    assert "没有未完成的整改" in page(client, "rectifications")
    fresh = raised(agency, vendor_manager)
    late = stopped(make_agency("ag-b", "青山"), vendor_manager)
    said = page(client, "rectifications")
    assert said.index(late.number) < said.index(fresh.number) and "停止委案中" in said and LONG_NAME in said
    assert fresh.number not in page(client, "rectifications", state="overdue")
    assert late.number not in page(client, "rectifications", agency=str(agency.pk))
    assert "没有符合条件的整改" in page(client, "rectifications", state="closed")
    handling.accept(row=answered(fresh, vendor_manager), words="好", actor=supervisor, now=timezone.now())
    assert fresh.number not in page(client, "rectifications") and fresh.number in page(
        client, "rectifications", state="all"
    )
    english = page(client, "rectifications", language="en", state="all")
    assert "Rectifications" in english


def test_one_is_raised_answered_and_accepted_on_its_pages(client_as, vendor_manager, compliance_officer, agency):
    client, officer = client_as(vendor_manager), client_as(compliance_officer)
    page(client, "rectification_new")
    typed = {"agency": str(agency.pk), "ground": "hand_data", "findings": "名单外存\n\n账号共用", "demand": "立即停止"}
    assert send(client, "rectification_new", **{**typed, "findings": ""}).status_code == 400
    assert send(client, "rectification_new", **typed).status_code == 302
    again = send(client, "rectification_new", **typed)
    assert again.status_code == 409 and "未完成的整改" in again.content.decode()
    row = Rectification.objects.get()
    first, second = row.findings.all()
    said = page(client, "rectification", row.pk)
    assert "名单外存" in said and "登记机构的答复" in said and "验收意见" not in said
    half = send(client, "rectification_answer", row.pk, **{f"finding-{first.pk}": "已删除"})
    assert (
        half.status_code == 409
        and "第 2 个问题还没有答复" in half.content.decode()
        and "已删除" in half.content.decode()
    )
    pdf = SimpleUploadedFile("检查.pdf", GOOD["pdf"])
    assert send(client, "rectification_evidence", row.pk, file=pdf).status_code == 302
    assert send(client, "rectification_evidence", row.pk).status_code == 409
    both = {f"finding-{first.pk}": "已删除", f"finding-{second.pk}": "一人一号"}
    assert send(client, "rectification_answer", row.pk, **both).status_code == 302
    assert "不合格，退回" in page(officer, "rectification", row.pk)
    assert "不合格，退回" not in page(client, "rectification", row.pk)
    assert send(officer, "rectification_judge", row.pk, **{"judge-words": "", "decision": "accept"}).status_code == 400
    done = send(officer, "rectification_judge", row.pk, **{"judge-words": "到位", "decision": "accept"})
    assert done.status_code == 302
    twice = send(officer, "rectification_judge", row.pk, **{"judge-words": "到位", "decision": "send_back"})
    assert twice.status_code == 409
    taken = client.post(reverse("vendors:rectification_file", args=[row.files.get().pk]))
    assert taken["Content-Disposition"].startswith("attachment") and taken["X-Content-Type-Options"] == "nosniff"
    for language in ("zh-hans", "en"):
        page(officer, "rectification", row.pk, language=language)


def test_more_days_and_the_end_are_decided_on_the_pages_by_others(
    client_as, vendor_manager, supervisor, compliance_officer, agency
):
    client, boss, officer = client_as(vendor_manager), client_as(supervisor), client_as(compliance_officer)
    row = raised(agency, vendor_manager)
    until = row.due_on + dt.timedelta(days=3)
    asked = {"extend-until": until.isoformat(), "extend-reason": "等报告"}
    assert send(client, "rectification_extend", row.pk, **asked).status_code == 302
    assert "同意延期" in page(boss, "rectification", row.pk) and "同意延期</button>" not in page(
        client, "rectification", row.pk
    )
    decided = {"extension-words": "同意", "decision": "grant"}
    assert send(boss, "rectification_extension", row.pk, **decided).status_code == 302
    row.refresh_from_db()
    assert row.due_on == until

    late = stopped(make_agency("ag-b", "青山"), vendor_manager)
    assert "停止委案，验收合格后恢复" in page(client, "rectification", late.pk)
    assert send(client, "termination_propose", late.pk, **{"propose-reason": "屡次不改"}).status_code == 302
    one = Termination.objects.get()
    assert "批准终止" not in page(client, "termination", one.pk) and "名单存于个人电脑" in page(
        client, "termination", one.pk
    )
    assert send(boss, "termination_approve", one.pk).status_code == 302
    assert send(boss, "termination_approve", one.pk).status_code == 409
    assert send(officer, "termination_approve", one.pk).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.agency.state) == ("approved", "exiting")
    assert "退出安排" in page(officer, "termination", one.pk)
    other = proposed(make_agency("ag-c"), vendor_manager)
    assert send(boss, "termination_reject", other.pk, **{"reject-words": ""}).status_code == 400
    assert send(boss, "termination_reject", other.pk, **{"reject-words": "再看一月"}).status_code == 302
    page(officer, "termination", other.pk, language="en")


def test_a_breach_that_is_named_is_opened_by_who_may_see_it(client_as, vendor_manager, compliance_officer, agency):
    matter = breach("ag-a")
    raising.raise_due(now=timezone.now())
    row = Rectification.objects.get()
    address = reverse("compliance:breach", args=[matter.pk])
    assert address in page(client_as(compliance_officer), "rectification", row.pk)
    assert "红线违规" in page(client_as(vendor_manager), "rectification", row.pk)


def test_a_meeting_is_made_read_minuted_and_decided(client_as, vendor_manager, supervisor, agency):
    client, boss = client_as(vendor_manager), client_as(supervisor)
    assert "还没有月会材料" in page(client, "meetings")
    last_month = today().replace(day=1) - dt.timedelta(days=1)
    typed = {"agency": str(agency.pk), "month": f"{last_month:%Y-%m}"}
    assert send(client, "meeting_make", **{**typed, "month": f"{today():%Y-%m}"}).status_code == 409
    assert send(client, "meeting_make", **{**typed, "agency": ""}).status_code == 400
    assert send(client, "meeting_make", **typed).status_code == 302
    jobs.run(Job.objects.get().pk)
    one = MonthlyMeeting.objects.get()
    said = page(client, "meeting", one.pk)
    assert LONG_NAME in said and "没有这类案件" in said and "会议还没有纪要" in said and "记录纪要" in said
    minutes = {"minutes-held_on": today().isoformat(), "minutes-text": "首次会议"}
    assert send(client, "meeting_minutes", one.pk, **minutes).status_code == 302
    wrong = send(client, "meeting_minutes", one.pk, **{**minutes, "minutes-held_on": last_month.isoformat()})
    assert wrong.status_code == 409
    decided = {
        "decision-text": "每周复盘", "decision-owner": str(supervisor.pk), "decision-figure": "complaints",
        "decision-due_on": (today() + dt.timedelta(days=20)).isoformat(), "decision-target": "0",
    }  # fmt: skip
    assert send(client, "meeting_decide", one.pk, **{**decided, "decision-target": "x"}).status_code == 400
    assert send(client, "meeting_decide", one.pk, **decided).status_code == 302
    said = page(boss, "meeting", one.pk, hard="broken")
    assert "每周复盘" in said and "首次会议" in said and "记录纪要" not in said
    page(boss, "meeting", one.pk, language="en")
    assert LONG_NAME in page(boss, "meetings", month=f"{last_month:%Y-%m}")
    assert "没有符合条件的月会" in page(boss, "meetings", month="2020-01")


def test_pages_ask_no_more_for_many(client_as, vendor_manager, supervisor):
    client = client_as(vendor_manager)
    agencies = [make_agency(f"ag-{n}") for n in range(4)]
    rows = [raised(agencies[0], vendor_manager)]
    period = (today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    meeting = keeping.make(agency=agencies[0], period=period, actor=vendor_manager, now=timezone.now())
    addresses = [
        reverse("vendors:rectifications"),
        reverse("vendors:rectification", args=[rows[0].pk]),
        reverse("vendors:meetings"),
        reverse("vendors:meeting", args=[meeting.pk]),
    ]
    few = [own_queries(client, address) for address in addresses]
    for agency in agencies[1:]:
        raised(agency, vendor_manager, findings=[f"问题 {n}" for n in range(6)])
        keeping.make(agency=agency, period=period, actor=vendor_manager, now=timezone.now())
    answered(rows[0], vendor_manager)
    handling.send_back(row=rows[0], words="不足", actor=supervisor, now=timezone.now())
    many = [own_queries(client, address) for address in addresses]
    assert [len(one) for one in many] == [len(one) for one in few]
