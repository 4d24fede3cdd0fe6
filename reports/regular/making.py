"""Keep: the one door through which a report comes to be."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cases.models import ImportRun, RunState
from collection_ops.core import clock
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit
from reports.kpis.reading import one_reading
from reports.models import ReportRun
from reports.regular.kinds import KINDS
from reports.regular.paper import canonical
from reports.regular.periods import Period, period_of

SETTLED = timedelta(hours=1)
"""A file that began to go into the book before a moment is in it by then, whole; its rows bear the moment it began."""


class ReportRefused(Exception):
    """The report cannot be made; the sentence says why."""


@dataclass(frozen=True)
class Made:
    """`is_new` False: the same report was there and came out the same."""

    run: ReportRun
    is_new: bool


def read_period(kind: str, first: date, last: date, *, known_by: datetime, now: datetime) -> Period:
    """The period asked for. Raises ReportRefused: not one of the kind, not over at the moment of knowledge, or a moment that
    has not come, of which nobody knows what will be known."""
    if kind not in KINDS:
        raise ReportRefused(_("没有这种报表"))
    period = Period(first, last)
    if period_of(KINDS[kind].rhythm, first) != period:
        raise ReportRefused(
            _("%(first)s 至 %(last)s 不是一个完整的%(kind)s期间")
            % {"first": first, "last": last, "kind": KINDS[kind].code.label}
        )
    if known_by > now:
        raise ReportRefused(_("“已知截至”不能晚于现在"))
    if last >= clock.business_date(known_by):
        raise ReportRefused(_("到“已知截至”时，%(last)s 还没有结束") % {"last": last})
    return period


def make_report(
    *, kind: str, first: date, last: date, known_by: datetime, actor: User | None, now: datetime, job: Job | None = None
) -> Made:
    """Build the paper of a period as it was known at `known_by` and keep it. Where there is one already it is built again
    and compared: the same paper is given back, another one is an error that names the sections. Raises ReportRefused."""
    known_by = known_by.replace(microsecond=0)
    period = read_period(kind, first, last, known_by=known_by, now=now)
    if now - known_by < SETTLED and ImportRun.objects.filter(state=RunState.APPLYING).exists():
        raise ReportRefused(_("有文件正在入账，请等它完成后再生成"))
    # Whoever asks, and in which language: a paper holds msgids, which are Chinese.
    with translation.override(settings.LANGUAGE_CODE), one_reading({}):
        paper = KINDS[kind].build(period, known_by)
    content, made = paper.to_json(), paper.digest
    kept = ReportRun.objects.filter(kind=kind, first=first, last=last, scope="", known_by=known_by)
    run = kept.first()
    if run is None:
        try:
            with transaction.atomic():
                run = ReportRun.objects.create(
                    kind=kind,
                    first=first,
                    last=last,
                    known_by=known_by,
                    as_of=paper.as_of,
                    definitions=dict(paper.definitions),
                    content=content,
                    digest=made,
                    made_at=now,
                    made_by=actor,
                    job=job,
                )
                audit.record(
                    action="report.made",
                    actor=actor,
                    obj=run,
                    data={
                        "kind": kind,
                        "first": first.isoformat(),
                        "last": last.isoformat(),
                        "known_by": known_by.isoformat(),
                        "digest": made,
                    },
                )
            return Made(run, is_new=True)
        except IntegrityError:
            # Somebody else made it in the same second.
            run = kept.get()
    if run.digest != made:
        raise ReportRefused(
            _("按同一“已知截至”重算，与留存的报表不一致：%(where)s。留存的报表没有改动，请查明这些数字为何事后变了")
            % {"where": "、".join(differences(run.content, content))}
        )
    return Made(run, is_new=False)


def differences(kept: dict[str, object], again: dict[str, object]) -> list[str]:
    """Titles of the sections that are not the same in two papers; «…» where it is something else."""
    one, other = _by_key(kept), _by_key(again)
    titles = [
        _(str((one.get(key) or other.get(key) or {}).get("title", key)))
        for key in dict.fromkeys([*one, *other])
        if canonical(one.get(key, {})) != canonical(other.get(key, {}))
    ]
    return titles or ["…"]


def _by_key(content: dict[str, object]) -> dict[str, dict[str, object]]:
    sections = content.get("sections", [])
    return {str(one["key"]): one for one in sections} if isinstance(sections, list) else {}
