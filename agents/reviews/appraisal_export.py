"""A month's appraisals as a file. Written by the house's table writer, so text stays text in a spreadsheet."""

import tempfile
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agents.models import Appraisal
from agents.reviews.appraisals import score_of
from agents.reviews.scoring import SUBJECTS
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, open_table


def export_appraisals(
    *, appraisals: "QuerySet[Appraisal]", month: date, file_format: str, actor: User, now: datetime
) -> bytes:
    """One row a person: points by line, adjustment, result, grade, both views. `file_format`: of core.tables.FORMATS."""
    columns = [
        Column(_("人员")), Column(_("账号")), Column(_("月份")), Column(_("状态")),
        *(Column(str(subject.label), "money") for subject in SUBJECTS),
        Column(_("公式得分"), "money"), Column(_("组长调整"), "money"), Column(_("最终得分"), "money"),
        Column(_("考核等级")), Column(_("自评")), Column(_("组长评语")), Column(_("本人意见")), Column(_("裁定理由")),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / f"appraisals.{file_format}"
        with open_table(
            path, file_format=file_format, title=_("考核"), columns=columns, exported_by=str(actor), exported_at=now,
        ) as table:  # fmt: skip
            for row in appraisals.filter(month=month).select_related("user").order_by("user_id"):
                points = [line.points if line.value is not None else None for line in score_of(row).lines]
                table.write_row(
                    [
                        row.user.display_name, row.user.username, f"{month:%Y-%m}", str(row.get_state_display()), *points,
                        row.points, row.adjustment, row.result, row.grade, row.self_view, row.leader_view, row.answer,
                        row.decision,
                    ]
                )  # fmt: skip
        audit.record(
            action="appraisal.exported", actor=actor,
            data={"month": f"{month:%Y-%m}", "rows": table.rows, "format": file_format},
        )  # fmt: skip
        return path.read_bytes()
