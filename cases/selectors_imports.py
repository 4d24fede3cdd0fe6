"""Reads of one run's pages: what its columns mean, the stages before and after, its totals, findings and problems."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.imports.guard_facts import file_total
from cases.imports.kinds import kind_of
from cases.imports.words.fields import label_of
from cases.imports.words.problems import render
from cases.models import ImportProblem, ImportRun, RunState
from cases.stage import OVERDUE_STAGES, Stage
from collection_ops.core.models import Job, JobState, User

COMPARED_STATES = (RunState.PREVIEW, RunState.SUBMITTED, RunState.APPLYING, RunState.APPLIED, RunState.UNDONE)
BUSY_STATES = (RunState.UPLOADED, RunState.READING, RunState.APPLYING)


# What the file was understood to say ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnShown:
    """One column as it is read. `how` is the reason, in words."""

    index: int
    letter: str
    heading: str
    field: str
    field_label: str
    how: Any
    samples: list[str]
    is_read: bool


HOW = {
    "saved": _("与以前的文件相同"),
    "answered": _("由人工确认"),
    "synonym": _("按列名识别"),
    "ambiguous": _("含义不明，待确认"),
    "unknown": _("不认识的列，不读取"),
    "ignored": _("已知但不需要的列"),
}


def columns_shown(run: ImportRun) -> list[ColumnShown]:
    return [
        ColumnShown(
            index=number,
            letter=column["letter"],
            heading=column["heading"],
            field=column.get("field") or "",
            field_label=label_of(column["field"]) if column.get("field") else "",
            how=HOW.get(column.get("how", ""), ""),
            samples=list(column.get("samples", [])),
            is_read=bool(column.get("field")),
        )
        for number, column in enumerate(run.understanding.get("columns", []))
    ]


# Before and after ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StageLine:
    """One stage before and after: number of cases and yuan."""

    label: str
    before_count: int
    after_count: int
    before_total: Decimal
    after_total: Decimal

    @property
    def count_change(self) -> int:
        return self.after_count - self.before_count

    @property
    def total_change(self) -> Decimal:
        return self.after_total - self.before_total


def stage_lines(run: ImportRun) -> list[StageLine]:
    """M1 … M7+ and, only when there is any, what is not overdue; a stage the run says nothing about has zeros."""
    stages = [(str(stage.label), stage.label) for stage in OVERDUE_STAGES]
    if "M0" in run.stages_before or "M0" in run.stages_after:
        stages.insert(0, ("M0", Stage.M0.label))
    lines = []
    for key, label in stages:
        before, after = run.stages_before.get(key, {}), run.stages_after.get(key, {})
        lines.append(
            StageLine(
                label=str(label),
                before_count=int(before.get("count", 0)),
                after_count=int(after.get("count", 0)),
                before_total=_yuan(before.get("total")),
                after_total=_yuan(after.get("total")),
            )
        )
    return lines


def stage_sum(lines: list[StageLine]) -> StageLine:
    return StageLine(
        label=gettext("合计"),
        before_count=sum(line.before_count for line in lines),
        after_count=sum(line.after_count for line in lines),
        before_total=sum((line.before_total for line in lines), Decimal(0)),
        after_total=sum((line.after_total for line in lines), Decimal(0)),
    )


def stage_chart(lines: list[StageLine]) -> list[dict[str, Any]]:
    """The figures of the bar chart; its table stands beside it."""
    return [{"label": line.label, "before": line.before_count, "after": line.after_count} for line in lines]


@dataclass(frozen=True)
class Headline:
    """The sentence at the top of a preview, in figures."""

    rows: int
    new: int
    reentered: int
    known: int
    absent: int
    rejected: int
    change_percent: Decimal | None


def headline(run: ImportRun) -> Headline:
    def count(key: str) -> int:
        return int((run.differences.get(key) or {}).get("count", 0))

    accepted = int(run.row_counts.get("accepted", 0))
    total = stage_sum(stage_lines(run))
    change = None
    if total.before_total:
        change = ((total.after_total - total.before_total) * 100 / total.before_total).quantize(Decimal("0.1"))
    return Headline(
        rows=accepted,
        new=count("new"),
        reentered=count("reentered"),
        known=accepted - count("new") - count("reentered"),
        absent=count("absent"),
        rejected=int(run.row_counts.get("rejected", 0)),
        change_percent=change,
    )


@dataclass(frozen=True)
class ControlLine:
    """One amount column: what the accepted rows add up to, what the whole file does, what its 合计 row claims."""

    label: str
    accepted: Decimal
    file: Decimal
    claimed: Decimal | None
    difference: Decimal | None


def control_lines(run: ImportRun) -> list[ControlLine]:
    totals = run.control_totals
    row = totals.get("total_row") or {}
    claimed, differences = row.get("claimed", {}), row.get("differences", {})
    sums = totals.get("sums", {})  # kept in jsonb, which forgets the order
    return [
        ControlLine(
            label=label_of(name),
            accepted=_yuan(amount),
            file=_yuan(totals.get("file_sums", {}).get(name)),
            claimed=_yuan(claimed[name]) if name in claimed else None,
            difference=_yuan(differences[name]) if name in differences else None,
        )
        for name, amount in ((name, sums[name]) for name in kind_of(run).catalogue.fields if name in sums)
    ]


@dataclass(frozen=True)
class ExpectedLine:
    """One control total that was typed in, beside what was read. `difference` is read minus expected."""

    label: Any
    expected: Decimal
    found: Decimal
    is_money: bool

    @property
    def difference(self) -> Decimal:
        return self.found - self.expected

    @property
    def agrees(self) -> bool:
        return not self.difference


def expected_lines(run: ImportRun) -> list[ExpectedLine]:
    """The control totals that somebody typed in; none when nothing was said."""
    lines = []
    if run.expected_rows is not None:
        read = Decimal(run.row_counts.get("read", 0))
        lines.append(ExpectedLine(_("行数"), Decimal(run.expected_rows), read, is_money=False))
    if run.expected_total is not None and kind_of(run).money:
        lines.append(ExpectedLine(_("总额"), run.expected_total, file_total(run), is_money=True))
    return lines


@dataclass(frozen=True)
class FindingShown:
    """A guard rail that was tripped: the sentence with figure and limit, and the run it speaks of, if any."""

    code: str
    text: str
    run: int | None


def findings_shown(findings: Iterable[dict[str, Any]]) -> list[FindingShown]:
    return [FindingShown(one["code"], render(one["code"], one["params"]), one["params"].get("run")) for one in findings]


def _yuan(value: Any) -> Decimal:
    return Decimal(str(value)) if value not in (None, "") else Decimal("0.00")


# Problems -----------------------------------------------------------------------------------------------------------

EXAMPLES = 3
SEVERITY_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass
class ProblemGroup:
    """Problems of one kind in one column, with the first of them."""

    severity: str
    code: str
    column: str
    number: int
    examples: list[ImportProblem] = field(default_factory=list)


def problem_groups(run: ImportRun) -> list[ProblemGroup]:
    """Errors first, then by number. Two queries."""
    groups = {
        (line["severity"], line["code"], line["column"]): ProblemGroup(**line)
        for line in run.problems.values("severity", "code", "column").annotate(number=Count("pk"))
    }
    numbered = run.problems.annotate(
        place=Window(RowNumber(), partition_by=[F("severity"), F("code"), F("column")], order_by=F("pk").asc())
    )
    for problem in numbered.filter(place__lte=EXAMPLES).order_by("pk"):
        groups[problem.severity, problem.code, problem.column].examples.append(problem)
    return sorted(groups.values(), key=lambda group: (SEVERITY_ORDER.get(group.severity, 3), -group.number, group.code))


def problems_listed(
    run: ImportRun, *, severity: str = "", code: str = "", column: str | None = None
) -> QuerySet[ImportProblem]:
    problems = run.problems.all()
    if severity in SEVERITY_ORDER:
        problems = problems.filter(severity=severity)
    if code:
        problems = problems.filter(code=code[:48])
    if column is not None:
        problems = problems.filter(column=column[:64])
    return problems


def error_job(run: ImportRun, user: User) -> Job | None:
    """The person's own newest workbook of wrong rows, however far it is; none once its file was cleared away by age."""
    mine = Job.objects.filter(kind="cases.error_workbook", created_by=user, params__run=run.pk)
    job = mine.order_by("-pk").first()
    if job and job.state == JobState.DONE and not default_storage.exists(job.result.get("file") or "gone"):
        return None
    return job
