"""What the importer is compared with: the floor, and django-import-export in bulk mode on one flat table."""

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction
from import_export import fields, resources, widgets
from import_export.formats.base_formats import XLSX
from import_export.instance_loaders import CachedInstanceLoader
from python_calamine import CalamineWorkbook

from cases.benchmarks.overdue_file import HEADINGS

BARE = "benchmark_bare"
BATCH = 1000


def copy_into_bare_table(path: Path) -> dict[str, Any]:
    """calamine's rows by COPY into a table of texts without key or index, made anew. The count is the table's."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {BARE}")
        cursor.execute(f"CREATE TABLE {BARE} ({', '.join(f'c{n} text' for n in range(len(HEADINGS)))})")
    begun = time.perf_counter()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()
    next(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {BARE} FROM STDIN (FORMAT csv)", _Csv(rows), size=1 << 16)
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {BARE}")  # noqa: S608  a constant of ours
        return {"seconds": seconds, "rows": cursor.fetchone()[0]}


class _Csv:
    """Rows as the file that COPY reads, a batch at a time."""

    def __init__(self, rows: Iterator[list[Any]]) -> None:
        self._rows = rows

    def read(self, _size: int) -> str:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for _ in range(BATCH // 4):
            row = next(self._rows, None)
            if row is None:
                break
            writer.writerow(row)
        return buffer.getvalue()


class FlatLoan(models.Model):
    """The file's 20 columns as one writes them down for that package, with the indexes that Django makes."""

    contract_no = models.CharField(max_length=64, unique=True)
    debtor_name = models.CharField(max_length=64)
    id_no = models.CharField(max_length=32, db_index=True)
    phone = models.CharField(max_length=32)
    gender = models.CharField(max_length=4)
    province = models.CharField(max_length=32)
    city = models.CharField(max_length=32)
    address = models.CharField(max_length=200)
    product = models.CharField(max_length=64)
    branch = models.CharField(max_length=64)
    disbursed_on = models.DateField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    due_date = models.DateField()
    days_past_due = models.IntegerField()
    periods = models.IntegerField()
    principal = models.DecimalField(max_digits=14, decimal_places=2)
    interest = models.DecimalField(max_digits=14, decimal_places=2)
    penalty = models.DecimalField(max_digits=14, decimal_places=2)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    last_paid_on = models.DateField(null=True)

    class Meta:
        app_label = "benchmark"  # of no installed app: never migrated, imported by a benchmark's process only

    def __str__(self) -> str:
        return self.contract_no

    def __reduce__(self) -> tuple[Any, ...]:
        """For the package's copy of a row before it is changed: by its name, as Django does it, no app has this model."""
        return FlatLoan.__new__, (FlatLoan,), super().__reduce__()[2]


_WIDGETS: dict[type[models.Field], type[widgets.Widget]] = {
    models.DateField: widgets.DateWidget,
    models.DecimalField: widgets.DecimalWidget,
    models.IntegerField: widgets.IntegerWidget,
    models.CharField: widgets.CharWidget,
}
_COLUMNS = [field for field in FlatLoan._meta.get_fields() if isinstance(field, models.Field) and field.name != "id"]


def _resource(*, lean: bool) -> resources.ModelResource:
    class Meta:
        model = FlatLoan
        import_id_fields = ("contract_no",)
        use_bulk = True
        batch_size = BATCH
        use_transactions = True
        fields = tuple(column.name for column in _COLUMNS)

    if lean:
        Meta.skip_diff = True  # type: ignore[attr-defined]
        Meta.instance_loader_class = CachedInstanceLoader  # type: ignore[attr-defined]

    declared: dict[str, Any] = {
        column.name: fields.Field(column_name=heading, attribute=column.name, widget=_WIDGETS[type(column)]())
        for column, heading in zip(_COLUMNS, HEADINGS, strict=True)
    }
    made = type(resources.ModelResource)("FlatLoanResource", (resources.ModelResource,), {**declared, "Meta": Meta})
    resource: resources.ModelResource = made()
    return resource


def run_import_export(path: Path, *, first: bool, lean: bool) -> dict[str, Any]:
    """From file to commit; the package reads with openpyxl. In bulk mode as it comes it tells what differs from the table,
    as we do; `lean` takes that away and loads the whole table beforehand, its documentation's further advice for speed."""
    if first:
        with connection.schema_editor() as editor:
            editor.create_model(FlatLoan)
    begun = time.perf_counter()
    dataset = XLSX().create_dataset(path.read_bytes())
    result = _resource(lean=lean).import_data(dataset, raise_errors=True)
    seconds = time.perf_counter() - begun
    written = result.totals["new"] + result.totals["update"]
    return {"seconds": seconds, "rows": written, "table": FlatLoan._default_manager.count()}
