"""What the bringing in of a ledger is compared with: the floor, and django-import-export saving row by row into one flat
table, which knows no person, no clock, no hold, and encrypts nothing."""

import csv
import io
import time
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction
from import_export import fields, resources, widgets
from import_export.formats.base_formats import XLSX
from python_calamine import CalamineWorkbook

HEADINGS = [
    *(
        "投诉编号",
        "投诉来源",
        "收到日期",
        "客户姓名",
        "联系电话",
        "合同编号",
        "投诉内容",
        "诉求",
        "投诉类型",
        "被投诉机构",
    ),
    *("处理结论", "处理情况", "办结日期", "备注"),
]
BARE = "benchmark_bare"


def copy_into_bare_table(path: Path) -> dict[str, Any]:
    """calamine's rows by COPY into a table of texts without key or index. The count is the table's."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {BARE} ({', '.join(f'c{n} text' for n in range(len(HEADINGS)))})")
    begun = time.perf_counter()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()
    next(rows)
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    buffer.seek(0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {BARE} FROM STDIN (FORMAT csv)", buffer)
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {BARE}")  # noqa: S608  a constant of ours
        return {"seconds": seconds, "rows": cursor.fetchone()[0]}


class FlatComplaint(models.Model):
    """The file's columns as one writes them down for that package, with the index that its number needs."""

    number = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=64)
    received_on = models.DateField()
    name = models.CharField(max_length=64)
    phone = models.CharField(max_length=32)
    contract_no = models.CharField(max_length=64, db_index=True)
    narrative = models.TextField()
    demand = models.TextField()
    type = models.CharField(max_length=64)
    agency = models.CharField(max_length=64)
    outcome = models.CharField(max_length=64)
    finding = models.TextField()
    closed_on = models.DateField(null=True)
    remark = models.TextField()

    class Meta:
        app_label = "benchmark"  # of no installed app: never migrated, imported by a benchmark's process only

    def __str__(self) -> str:
        return self.number

    def __reduce__(self) -> tuple[Any, ...]:
        """For the package's copy of a row before it is changed: by its name, as Django does it, no app has this model."""
        return FlatComplaint.__new__, (FlatComplaint,), super().__reduce__()[2]


_COLUMNS = [one for one in FlatComplaint._meta.get_fields() if isinstance(one, models.Field) and one.name != "id"]


def run_import_export(path: Path) -> dict[str, Any]:
    """From file to commit, as the package comes: each row looked up, compared and saved."""

    class Meta:
        model = FlatComplaint
        import_id_fields = ("number",)
        use_transactions = True
        fields = tuple(column.name for column in _COLUMNS)

    declared: dict[str, Any] = {
        column.name: fields.Field(
            column_name=heading,
            attribute=column.name,
            widget=widgets.DateWidget() if isinstance(column, models.DateField) else widgets.CharWidget(),
        )
        for column, heading in zip(_COLUMNS, HEADINGS, strict=True)
    }
    made = type(resources.ModelResource)(
        "FlatComplaintResource", (resources.ModelResource,), {**declared, "Meta": Meta}
    )
    with connection.schema_editor() as editor:
        editor.create_model(FlatComplaint)
    begun = time.perf_counter()
    dataset = XLSX().create_dataset(path.read_bytes())
    result = made().import_data(dataset, raise_errors=True)
    return {"seconds": time.perf_counter() - begun, "rows": result.totals["new"]}
