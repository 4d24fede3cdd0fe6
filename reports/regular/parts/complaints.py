"""Complaints of a month, with the eleven before: the rate as compliance/complaints/rates.py defines it."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_noop as _

from compliance.complaints.rates import Line
from compliance.models import ComplaintCategory, ComplaintSource, ComplaintType
from reports.regular.paper import Chart, Column, Figure, Section, Series, Table, Text, rate

LABELS = {"type": ComplaintType, "category": ComplaintCategory, "source": ComplaintSource}


def complaints_section(
    house: Line, by_type: Sequence[Line], by_source: Sequence[Line], months: Sequence[tuple[date, Line]]
) -> Section:
    counts = house.counts
    rows = [
        [f"{month:%Y-%m}", line.counts.complaints, line.counts.contacted, line.rate]
        for month, line in months
    ]  # fmt: skip
    columns = [
        Column(_("月份"), "text"), Column(_("投诉件数"), "integer"), Column(_("联系到的客户"), "integer"),
        Column(_("每万客户投诉"), "number"),
    ]  # fmt: skip
    rated = house.rate
    sentence = (
        _(
            "投诉 %(n)s 件，联系到的客户 %(contacted)s 人，每万客户 %(rate)s 件；"
            "已决定 %(decided)s 件，其中属实 %(upheld)s 件。"
        )
        if rated is not None
        else _(
            "投诉 %(n)s 件，联系到的客户 %(contacted)s 人，样本不足不计比率；已决定 %(decided)s 件，其中属实 %(upheld)s 件。"
        )
    )
    return Section(
        "complaints",
        _("投诉情况"),
        lead=[
            Text(
                sentence,
                {
                    "n": ("integer", counts.complaints), "contacted": ("integer", counts.contacted),
                    "rate": ("number", rated),
                    "decided": ("integer", counts.decided), "upheld": ("integer", counts.upheld),
                },
            )
        ],
        figures=[
            Figure("complaints", _("投诉件数"), counts.complaints, "integer", "complaint_rate"),
            Figure("rate", _("每万客户投诉"), rated, "number", "complaint_rate"),
            Figure("upheld", _("属实率"), rate(counts.upheld, counts.decided), "percent"),
            Figure("in_time", _("按期率"), rate(counts.in_time, counts.due), "percent"),
        ],
        charts=[
            Chart(
                "months", "line", _("近十二个月的投诉率"), [f"{month:%Y-%m}" for month, _line in months], "text",
                [Series(_("每万客户投诉"), [line.rate for _month, line in months], "number")], table="months",
            )
        ] if any(line.rate is not None for _month, line in months) else [],
        tables=[
            Table("months", _("近十二个月"), columns, rows),
            _by("type", _("按类型"), by_type),
            _by("source", _("按来源"), by_source),
        ],
    )  # fmt: skip


def _by(way: str, title: str, lines: Sequence[Line]) -> Table:
    words = {str(value): str(label) for value, label in LABELS[way].choices}
    rows = [
        [words.get(line.key, line.key), line.counts.complaints, line.counts.upheld, line.counts.decided]
        for line in lines
        if line.counts.complaints or line.counts.decided
    ]
    columns = [
        Column(title), Column(_("投诉件数"), "integer"), Column(_("属实"), "integer"), Column(_("已决定"), "integer"),
    ]  # fmt: skip
    return Table(way, title, columns, rows, empty=_("期内没有投诉。"))
