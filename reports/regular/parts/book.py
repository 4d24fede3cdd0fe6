"""The book by stage, with what changed."""

from decimal import Decimal

from django.utils.translation import gettext_noop as _

from reports.regular.facts.book import Book
from reports.regular.paper import Chart, Column, Figure, Section, Series, Table, Text


def book_section(book: Book, previous: Book) -> Section:
    """欠款额: debts and yuan by stage, and the difference to an earlier book."""
    if not book.days:
        return Section("book", _("欠款额"), lead=[Text(_("没有截至这一天的逾期明细。"))])
    whole, was = book.whole, previous.whole
    has_previous = bool(previous.days) and previous.as_of != book.as_of
    columns = [
        Column(_("逾期阶段")), Column(_("件数"), "integer"), Column(_("逾期总额"), "money"), Column(_("本金"), "money"),
    ]  # fmt: skip
    if has_previous:
        columns += [Column(_("件数变化"), "integer"), Column(_("金额变化"), "money")]
    rows = []
    for stage in book.listed:
        line, then = book.of(stage), previous.of(stage)
        change = [line.count - then.count, line.total - then.total] if has_previous else []
        rows.append([str(stage.label), line.count, line.total, line.principal, *change])
    change = [whole.count - was.count, whole.total - was.total] if has_previous else []
    rows.append([_("合计"), whole.count, whole.total, whole.principal, *change])
    labels = [str(stage.label) for stage in book.listed]
    return Section(
        "book",
        _("欠款额"),
        lead=_lead(book, previous, has_previous=has_previous),
        figures=[
            Figure("count", _("在催件数"), whole.count, "integer", "stage_distribution"),
            Figure("total", _("逾期总额"), whole.total, "money", "stage_distribution"),
        ],
        charts=[
            Chart(
                "stages", "bar", _("按逾期阶段的件数与金额"), labels, "word",
                [
                    Series(_("件数"), [book.of(stage).count for stage in book.listed]),
                    Series(_("逾期总额"), [book.of(stage).total for stage in book.listed], "money"),
                ],
                table="stages", second=1,
            )
        ],
        tables=[Table("stages", _("阶段分布"), columns, rows, has_total=True)],
        notes=_late_sources(book),
    )  # fmt: skip


def _lead(book: Book, previous: Book, *, has_previous: bool) -> list[Text]:
    whole, was = book.whole, previous.whole
    found = [
        Text(
            _("数据日 %(day)s：在催 %(count)s 件，逾期总额 %(total)s 元。"),
            {"day": ("date", book.as_of), "count": ("integer", whole.count), "total": ("money", whole.total)},
        )
    ]
    if has_previous:
        more = whole.total - was.total
        sentence = (
            _("比 %(day)s 增加 %(amount)s 元，件数变化 %(count)s。")
            if more > 0
            else _("比 %(day)s 减少 %(amount)s 元，件数变化 %(count)s。")
        )
        found.append(
            Text(
                sentence,
                {
                    "day": ("date", previous.as_of),
                    "amount": ("money", abs(more) or Decimal("0.00")),
                    "count": ("integer", whole.count - was.count),
                },
            )
        )
    return found


def _late_sources(book: Book) -> list[Text]:
    """Sources whose last file is older than the book's day."""
    return [
        Text(
            _("“%(source)s”在 %(as_of)s 没有文件，用的是 %(day)s 的。"),
            {"source": ("text", one.name), "as_of": ("date", book.as_of), "day": ("date", one.day)},
        )
        for one in book.days
        if one.day != book.as_of
    ]
