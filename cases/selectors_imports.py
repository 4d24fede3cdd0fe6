"""Reads of the import pages: the inbox, one run's preview, its rows and problems."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.imports.guard_facts import file_total
from cases.imports.kinds import KINDS, kind_of
from cases.imports.layout.understanding import SHEET_KEY
from cases.imports.words.fields import label_of
from cases.imports.words.problems import render
from cases.models import Absence, Case, ImportProblem, ImportRow, ImportRun, Layout, RunKind, RunState, Source, Standing
from cases.positions import NEWEST_FIRST
from cases.stage import OVERDUE_STAGES, Stage
from collection_ops.core.models import Job, JobState, User

OPEN_STATES = (
    RunState.UPLOADED, RunState.READING, RunState.ASKING, RunState.PREVIEW, RunState.SUBMITTED, RunState.APPLYING,
)  # fmt: skip
COMPARED_STATES = (RunState.PREVIEW, RunState.SUBMITTED, RunState.APPLYING, RunState.APPLIED, RunState.UNDONE)
BUSY_STATES = (RunState.UPLOADED, RunState.READING, RunState.APPLYING)


# The inbox ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SourceHealth:
    """How one source stands this morning."""

    source: Source
    last: ImportRun | None
    open_runs: int
    absences: int
    arrived_today: bool
    is_late: bool


def source_health(*, now: datetime, today: date) -> list[SourceHealth]:
    """Active sources in the order of their codes. Four queries whatever their number."""
    sources = list(Source.objects.filter(is_active=True).order_by("code"))
    newest = (
        ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE)
        .order_by(*NEWEST_FIRST)
        .distinct("source_id")
        .select_related("applied_by")
    )
    last = {run.source_id: run for run in newest}
    open_runs = {
        line["source_id"]: (line["open_runs"], line["newest"])
        for line in ImportRun.objects.filter(state__in=OPEN_STATES)
        .values("source_id")
        .annotate(open_runs=Count("pk"), newest=Max("as_of", filter=~Q(kind=RunKind.REPAYMENTS)))
    }
    absences = dict(
        Case.objects.absent()
        .values_list("loan__source")
        .annotate(number=Count("pk"))
        .values_list("loan__source", "number")
    )
    clock_time = timezone.localtime(now).time()
    lines = []
    for source in sources:
        run = last.get(source.pk)
        waiting, newest_waiting = open_runs.get(source.pk, (0, None))
        arrived = (run is not None and run.as_of >= today) or (newest_waiting is not None and newest_waiting >= today)
        lines.append(
            SourceHealth(
                source=source,
                last=run,
                open_runs=waiting,
                absences=absences.get(source.pk, 0),
                arrived_today=arrived,
                is_late=not arrived and source.expected_by is not None and clock_time > source.expected_by,
            )
        )
    return lines


def runs_listed(*, source: str = "", state: str = "") -> QuerySet[ImportRun]:
    """Runs for the inbox; unknown filter values show everything rather than an error."""
    runs = ImportRun.objects.select_related("source", "uploaded_by", "applied_by", "job").defer(
        "understanding", "questions", "answers", "stages_before", "stages_after", "control_totals"
    )
    if source:
        runs = runs.filter(source__code=source)
    if state == "open":
        runs = runs.filter(state__in=OPEN_STATES)
    elif state in RunState.values:
        runs = runs.filter(state=state)
    return runs


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


# One run's preview --------------------------------------------------------------------------------------------------


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
class Difference:
    """One kind of difference to the book. `rows` picks the rows of the file that show it."""

    key: str
    label: Any
    hint: Any
    tone: str
    rows: Q | None
    state: str = ImportRow.State.ACCEPTED


# The words of match.py; `absent` has no rows in the file, its cases are read from the book.
DIFFERENCES: tuple[Difference, ...] = (
    Difference("new", _("新增"), _("账簿里没有过的合同"), "info", Q(difference="new")),
    Difference(
        "reentered", _("再次逾期"), _("以前在册、上次文件没有的合同"), "info", Q(difference__in=("reentered", "returned"))
    ),
    Difference("paid_down", _("余额减少"), _("总额比上次低"), "success", Q(paid_down=True)),
    Difference("balance_up", _("余额增加"), _("总额比上次高"), "neutral", Q(balance_up=True)),
    Difference("rolled_forward", _("阶段前滚"), _("进入更晚的逾期阶段"), "warning", Q(rolled__gt=0)),
    Difference("rolled_back", _("阶段回退"), _("回到更早的逾期阶段"), "success", Q(rolled__lt=0)),
    Difference(
        "unchanged", _("金额与阶段不变"), _("总额、阶段都与上次相同"), "neutral",
        Q(difference="known", paid_down=False, balance_up=False, rolled=0),
    ),
    Difference("placed", _("补入在册合同"), _("写入当天的头寸，现在的余额不变"), "info", Q(difference="known")),
    Difference("renamed", _("姓名不同"), _("与账簿里的姓名不同"), "warning", Q(renamed=True)),
    Difference("phone_changed", _("电话不同"), _("有账簿里没有的本人电话"), "warning", Q(phone_changed=True)),
    Difference("absent", _("缺席"), _("在册但不在本文件；缺席不等于还清"), "danger", None),
    # Of a repayment file: the words of match_repayments.py.
    Difference("booked", _("入账"), _("合同在账簿中"), "success", Q(difference="booked")),
    Difference("unmatched", _("待匹配"), _("入账，等待找到合同"), "warning", Q(difference="unmatched")),
    Difference("reversal", _("冲正"), _("冲回以前的一笔还款"), "info", Q(difference="reversal")),
    Difference(
        "repeated", _("重复"), _("以前已入账，不再入账"), "neutral", Q(difference="repeated"), ImportRow.State.REJECTED
    ),
    Difference(
        "rejected", _("不入账"), _("有误的行，原因见问题清单"), "danger", ~Q(difference="repeated"),
        ImportRow.State.REJECTED,
    ),
)  # fmt: skip
DIFFERENCE_BY_KEY = {difference.key: difference for difference in DIFFERENCES}


@dataclass(frozen=True)
class Tile:
    difference: Difference
    count: int
    amount: Decimal | None
    url: str


def difference_tiles(run: ImportRun) -> list[Tile]:
    tiles = []
    for difference in DIFFERENCES:
        found = run.differences.get(difference.key)
        if found is None:
            continue
        amount = found.get("amount")
        url = reverse("cases:import_rows", args=[run.pk, difference.key])
        tiles.append(Tile(difference, int(found["count"]), None if amount is None else _yuan(amount), url))
    return tiles


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
    if run.expected_total is not None:
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


# Rows ---------------------------------------------------------------------------------------------------------------


def rows_listed(run: ImportRun, difference: Difference) -> QuerySet[ImportRow]:
    assert difference.rows is not None
    states = (
        {difference.state, ImportRow.State.UNDONE}
        if difference.state == ImportRow.State.ACCEPTED
        else {difference.state}
    )
    return run.rows.filter(difference.rows, state__in=states)


def absent_cases(run: ImportRun) -> QuerySet[Case]:
    """Cases that this file lacks: before applying by comparison with the book as it is, afterwards as recorded."""
    cases = Case.objects.select_related("loan__debtor", "desk")
    if run.state in (RunState.APPLIED, RunState.UNDONE) or run.standing == Standing.HISTORY:
        return cases.filter(Exists(Absence.objects.filter(run=run, case=OuterRef("pk"))))
    # A row that could not be read is in the file all the same: its contract is not absent.
    in_file = run.rows.exclude(state=ImportRow.State.SKIPPED).filter(contract_no=OuterRef("loan__contract_no"))
    return cases.present().filter(~Exists(in_file), loan__source=run.source)


# Layouts ------------------------------------------------------------------------------------------------------------


def layouts_listed(*, source: str = "") -> QuerySet[Layout]:
    """Newest first, with how many runs used each."""
    layouts = Layout.objects.select_related("source", "created_by").annotate(used=Count("runs"))
    return layouts.filter(source__code=source) if source else layouts


def note_meanings(layouts: list[Layout]) -> None:
    """Gives every layout its headings with what they mean, read columns first, and the kind of file it describes."""
    names = dict.fromkeys(name for kind in KINDS.values() for name in kind.catalogue.fields)
    order = {name: place for place, name in enumerate(names)}
    for layout in layouts:
        known = {
            kind.name: sum(map(kind.catalogue.fields.__contains__, layout.mapping.values())) for kind in KINDS.values()
        }
        layout.kind_label = max(known, key=lambda kind: known[kind]).label  # type: ignore[attr-defined]
        # In the order of our fields: a layout is kept in jsonb, which forgets the order of the columns.
        read = [(order[name], heading, name) for heading, name in layout.mapping.items() if name in order]
        layout.read = [(heading, label_of(name)) for _place, heading, name in sorted(read)]  # type: ignore[attr-defined]
        layout.unread = [  # type: ignore[attr-defined]
            h for h, name in layout.mapping.items() if name not in order and h != SHEET_KEY
        ]
