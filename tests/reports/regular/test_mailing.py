"""Reports by mail: sums only, once, to those who may still read them."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.urls import reverse

from cases.models import Desk
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, Job, User
from collection_ops.core.services import jobs
from reports.models import MailState, ReportMail, ReportRun, ReportSubscription
from reports.regular import mailing, schedule
from reports.regular.making import make_report
from reports.regular.subscribing import SubscriptionRefused, subscribe
from tests.cases.builders import desk_of
from tests.core.conftest import bell  # noqa: F401  (the test is the worker)
from tests.core.races import at_once
from tests.reports.regular.cast import D2, MARCH, MORNING_AFTER, at, pay, small_book

pytestmark = pytest.mark.django_db


def run_of(kind: str = "daily", desk: Desk | None = None) -> ReportRun:
    cases = small_book(desk)
    pay(cases["rolls"], D2, "900.00", reference="S-1")
    first, last = MARCH if kind == "monthly" else (D2, D2)
    return make_report(
        kind=kind, first=first, last=last, known_by=MORNING_AFTER, actor=None, now=clock.database_now()
    ).run


def reader(user: User, *, kind: str = "daily", email: str = "jing@example.com", language: str = "") -> User:
    User.objects.filter(pk=user.pk).update(email=email, language=language)
    user.refresh_from_db()
    subscribe(user=user, kind=kind, wanted=True, now=clock.now())
    return user


def test_a_subscriber_gets_the_sentence_the_sums_and_the_address(manager: User, settings: Any) -> None:
    settings.SITE_URL = "https://collection.example.com"
    run = run_of()
    reader(manager)
    assert mailing.send(run=run, now=clock.now()) == 1
    (sent,) = mail.outbox
    assert sent.to == ["jing@example.com"] and "日报 2026-03-31" in sent.subject
    assert "当日回款 950.00 元" in sent.body
    assert f"https://collection.example.com{reverse('reports:paper', args=[run.pk])}" in sent.body
    name, content, kind = sent.attachments[0]
    assert (name, kind) == (
        "daily-20260331-20260331.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames[0] == "封面"
    assert AuditEvent.objects.get(action="report.mailed").data == {"sent": 1}


def test_it_is_written_in_the_language_of_whoever_reads_it(manager: User) -> None:
    run = run_of()
    reader(manager, language="en")
    mailing.send(run=run, now=clock.now())
    assert "Daily report 2026-03-31" in mail.outbox[0].subject and "CNY 950.00 came in" in mail.outbox[0].body


def test_no_line_about_a_person_or_a_case_leaves_by_mail(manager: User, collector: User) -> None:
    run = run_of("monthly", desk_of(collector))
    stories = [one for section in run.content["sections"] for one in section.get("stories", [])]
    assert stories and collector.display_name in str(run.content), "the page has cases and people"
    reader(manager, kind="monthly")
    mailing.send(run=run, now=clock.now())
    book = openpyxl.load_workbook(io.BytesIO(mail.outbox[0].attachments[0][1]))
    texts = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert not any(text.startswith("#") for text in texts) and collector.display_name not in texts
    assert "小组" in texts


def test_whoever_lost_the_role_or_the_account_gets_nothing(manager: User, supervisor: User, collector: User) -> None:
    run = run_of()
    reader(manager)
    reader(supervisor, email="zhu@example.com")
    supervisor.role_grants.all().delete()
    assert mailing.send(run=run, now=clock.now()) == 1
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert mailing.subscribers_of(run) == []
    assert {row.user_id for row in ReportMail.objects.all()} == {manager.pk}


def test_sent_again_nobody_gets_a_second_one(manager: User) -> None:
    run = run_of()
    reader(manager)
    assert [mailing.send(run=run, now=clock.now()) for _round in range(3)] == [1, 0, 0]
    assert len(mail.outbox) == 1


def test_a_mail_that_the_server_refused_is_tried_again_and_the_others_go_on(
    manager: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of()
    reader(manager)
    reader(supervisor, email="zhu@example.com")
    real = EmailMessage.send

    def refused(self: EmailMessage, fail_silently: bool = False) -> int:
        if self.to == ["jing@example.com"]:
            raise ConnectionRefusedError
        return real(self, fail_silently)

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", refused)
        assert mailing.send(run=run, now=clock.now()) == 1
    failed = ReportMail.objects.get(user=manager)
    assert (failed.state, failed.error) == (MailState.FAILED, "ConnectionRefusedError")
    assert mailing.send(run=run, now=clock.now()) == 1
    assert sorted(one.to[0] for one in mail.outbox) == ["jing@example.com", "zhu@example.com"]


def test_a_mail_whose_sender_died_is_not_sent_again_for_it_may_have_left(manager: User) -> None:
    run = run_of()
    reader(manager)
    ReportMail.objects.create(run=run, user=manager, at=clock.now())  # and died
    assert mailing.send(run=run, now=clock.now()) == 0 and not mail.outbox


@pytest.mark.django_db(transaction=True)
def test_three_workers_with_the_same_message_send_one(manager: User) -> None:
    run = run_of()
    reader(manager)
    sent = at_once(*[lambda: mailing.send(run=run, now=clock.now())] * 3)
    assert sorted(sent) == [0, 0, 1]


@pytest.mark.usefixtures("bell")
def test_the_schedule_mails_and_a_back_fill_does_not(manager: User) -> None:
    small_book()
    reader(manager)
    for job in schedule.back_fill(kind="daily", first=D2, last=D2, known_by=MORNING_AFTER, actor=None):
        jobs.run(job.pk)
    assert ReportRun.objects.exists() and not Job.objects.filter(kind=mailing.JOB).exists()
    job = schedule.enqueue(
        kind="daily",
        period=ReportRun.objects.get().period,
        known_by=at(D2.replace(month=4, day=2)),
        actor=None,
        mail=True,
    )
    jobs.run(job.pk)
    jobs.run(Job.objects.get(kind=mailing.JOB).pk)
    assert len(mail.outbox) == 1


def test_subscribing_is_a_click_and_needs_an_address(manager: User) -> None:
    with pytest.raises(SubscriptionRefused, match="邮箱"):
        subscribe(user=manager, kind="daily", wanted=True, now=clock.now())
    with pytest.raises(SubscriptionRefused, match="没有这种报表"):
        subscribe(user=manager, kind="hourly", wanted=True, now=clock.now())
    reader(manager)
    reader(manager)
    assert ReportSubscription.objects.count() == 1
    subscribe(user=manager, kind="daily", wanted=False, now=clock.now())
    assert not ReportSubscription.objects.exists()
    assert list(AuditEvent.objects.filter(action__startswith="report.").order_by("pk").values_list("action", flat=True)) == [
        "report.subscribed", "report.unsubscribed",
    ]  # fmt: skip


def test_without_a_mail_server_a_mail_is_a_file(manager: User, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    run = run_of()
    reader(manager)
    assert mailing.send(run=run, now=clock.now()) == 1
    (file,) = (tmp_path / "mail").iterdir()
    assert "jing@example.com" in file.read_text()


def test_a_folder_that_cannot_be_written_is_a_mail_that_failed(manager: User, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    (tmp_path / "mail").write_text("a file")
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    run = run_of()
    reader(manager)
    assert mailing.send(run=run, now=clock.now()) == 0
    assert ReportMail.objects.get().state == MailState.FAILED
