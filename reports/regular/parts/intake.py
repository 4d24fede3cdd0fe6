"""The intake and what waits of it."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from reports.regular.facts.intake import FileLine, Numbers, Waiting
from reports.regular.paper import Column, Figure, Section, Table, Text, Values, rate

KINDS = {"overdue": _("逾期明细"), "repayments": _("还款明细")}


def is_late(line: FileLine) -> bool:
    """Not in the book by the end of its business date. The hour at which a source should send is a setting of today, and
    would change what an old paper says."""
    return timezone.localtime(line.applied_at).date() > line.as_of


def day_section(lines: list[FileLine], absences: Waiting, money: Waiting, *, last: date) -> Section:
    """Of one day: its files, absences to explain, money without a contract."""
    rows = [
        [
            line.source, KINDS[line.kind], line.as_of, f"{timezone.localtime(line.applied_at):%Y-%m-%d %H:%M}",
            line.accepted, line.rejected, _("隔日到") if is_late(line) else _("当日到"),
        ]
        for line in lines
    ]  # fmt: skip
    columns = [
        Column(_("数据来源"), "text"), Column(_("类型")), Column(_("数据日期"), "date"), Column(_("入账时间"), "text"),
        Column(_("入账行"), "integer"), Column(_("问题行"), "integer"), Column(_("到达")),
    ]  # fmt: skip
    lead = [Text(_("缺席待解释 %(count)s 件、%(amount)s 元；缺席不等于还款。"), _waiting(absences))]
    if money.count:
        lead.append(Text(_("有 %(count)s 笔、%(amount)s 元还款待匹配合同。"), _waiting(money)))
    return Section(
        "intake",
        _("缺席与数据接收"),
        lead=lead,
        figures=[
            Figure("absences", _("缺席待解释"), absences.count, "integer", "absences"),
            Figure("absent_amount", _("缺席金额"), absences.amount, "money", "absences"),
            Figure("oldest", _("最早缺席日"), absences.oldest, "date"),
        ],
        tables=[Table("files", _("当日文件"), columns, rows, empty=_("这一天没有文件入账。"))],
    )


def quality_section(
    lines: list[FileLine], absences: Waiting, money: Waiting, numbers: Numbers, expected: dict[str, int]
) -> Section:
    """数据质量 of a longer period. `expected`: by source the business days on which an overdue file was due."""
    found: dict[str, list[int]] = {source: [0, 0, 0, 0] for source in expected}
    for line in lines:
        if line.kind == "overdue":
            sums = found.setdefault(line.source, [0, 0, 0, 0])
            sums[0] += 1
            sums[1] += is_late(line)
            sums[2] += line.accepted
            sums[3] += line.rejected
    rows = [
        [source, expected.get(source, 0), came, late, accepted, rejected, rate(rejected, accepted + rejected)]
        for source, (came, late, accepted, rejected) in sorted(found.items())
    ]
    columns = [
        Column(_("数据来源"), "text"), Column(_("应到工作日"), "integer"), Column(_("到达数据日"), "integer"),
        Column(_("隔日到"), "integer"), Column(_("入账行"), "integer"), Column(_("问题行"), "integer"),
        Column(_("问题行占比"), "percent"),
    ]  # fmt: skip
    bad = numbers.dead + numbers.out_of_service + numbers.misdirected
    return Section(
        "quality",
        _("数据质量"),
        lead=[
            Text(
                _(
                    "期末缺席待解释 %(count)s 件、%(amount)s 元；待匹配还款 %(money)s 元；"
                    "无效号码 %(bad)s 次，占呼出 %(share)s。"
                ),
                {
                    **_waiting(absences), "money": ("money", money.amount), "bad": ("integer", bad),
                    "share": ("percent", rate(bad, numbers.calls)),
                },
            )
        ],
        figures=[
            Figure("absences", _("缺席待解释"), absences.count, "integer", "absences"),
            Figure("waiting_money", _("待匹配还款"), money.amount, "money"),
            Figure("bad_numbers", _("无效号码呼出"), bad, "integer"),
            Figure("dead", _("其中空号"), numbers.dead, "integer"),
            Figure("misdirected", _("其中号码非本人"), numbers.misdirected, "integer"),
        ],
        tables=[Table("sources", _("按数据来源的逾期明细"), columns, rows, empty=_("期内没有文件入账。"))],
    )  # fmt: skip


def _waiting(waiting: Waiting) -> Values:
    return {"count": ("integer", waiting.count), "amount": ("money", waiting.amount)}
