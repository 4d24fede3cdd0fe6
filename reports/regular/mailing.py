"""A report by mail to whoever wants it: its sentence, the sums as a workbook, and the way to the page.

No line about a person or a case leaves by mail: those are read where the reader's rights are asked. Whoever lost the right
to read reports since they subscribed gets nothing. One mail for a run and a subscriber, however often the job comes.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from collection_ops.core.access import users_with
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit, jobs
from collection_ops.core.tables import CONTENT_TYPES
from reports.models import MailState, ReportKind, ReportMail, ReportRun
from reports.regular import words
from reports.regular.workbook import file_name, workbook

JOB = "reports.mail_report"


def enqueue(run: ReportRun) -> Job:
    """One job for a run."""
    return jobs.enqueue(
        kind=JOB, params={"run": run.pk}, actor=None, title=title_of(run), key=f"report_mail:{run.pk}", queue="reports"
    )


def title_of(run: ReportRun) -> str:
    days = f"{run.first}" if run.first == run.last else f"{run.first} – {run.last}"
    return f"{ReportKind(run.kind).label} {days}"


def subscribers_of(run: ReportRun) -> list[User]:
    """Active people who want the kind, may read reports, and have an address."""
    wanted = users_with("reports.view").filter(report_subscriptions__kind=run.kind)
    return list(wanted.exclude(email="").order_by("pk"))


def send(*, run: ReportRun, now: datetime, progress: Callable[[int, int], None] | None = None) -> int:
    """Send it to everybody who has not got it; returns how many mails left. A mail that the server refuses is marked, the
    others go on."""
    people, sent = subscribers_of(run), 0
    for number, user in enumerate(people):
        if progress:
            progress(number, len(people))
        mail = _claim(run, user, now)
        if mail is None:
            continue
        try:
            message(run, user).send()
        except (OSError, ValueError, ImproperlyConfigured) as error:
            # The mail server or its absence; an address that is none; no folder for mails as files.
            ReportMail.objects.filter(pk=mail.pk).update(state=MailState.FAILED, error=type(error).__name__[:64])
            continue
        ReportMail.objects.filter(pk=mail.pk).update(state=MailState.SENT, error="")
        sent += 1
    if sent:
        with transaction.atomic():
            audit.record(action="report.mailed", actor=None, obj=run, data={"sent": sent})
    return sent


def _claim(run: ReportRun, user: User, now: datetime) -> ReportMail | None:
    """The row that says who sends it: a new one, or one whose mail was refused. None: it was sent, or somebody sends it."""
    mail, is_new = ReportMail.objects.get_or_create(run=run, user=user, defaults={"at": now})
    if is_new:
        return mail
    refused = ReportMail.objects.filter(pk=mail.pk, state=MailState.FAILED)
    return mail if refused.update(state=MailState.SENDING, at=now) else None


def message(run: ReportRun, user: User) -> EmailMessage:
    """In the language that the person reads in."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        known = timezone.localtime(run.known_by)
        lines = [
            words.sentences(run.content.get("lead", [])),
            *(words.sentences(section.get("lead", [])) for section in run.content.get("sections", [])),
            _("已知截至 %(when)s，摘要值 %(digest)s。")
            % {"when": f"{known:%Y-%m-%d %H:%M}", "digest": run.digest[:16]},
            _("全文：%(address)s") % {"address": settings.SITE_URL + reverse("reports:paper", args=[run.pk])},
            _("附件只含合计；人员与案件请登录后查看。"),
        ]
        found = EmailMessage(
            subject=f"{settings.SITE_NAME} · {title_of(run)}",
            body="\n\n".join(line for line in lines if line) + "\n",
            to=[user.email],
        )
        found.attach(file_name(run), workbook(run, for_mail=True), CONTENT_TYPES["xlsx"])
    return found
