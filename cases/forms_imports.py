"""Forms of the import pages."""

import re
from datetime import date
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.imports.kinds import KINDS, kind_of, loose_kinds
from cases.imports.report import option_label
from cases.imports.unlocking import QUESTION as PASSWORD_QUESTION
from cases.imports.words.fields import IGNORE, label_of
from cases.imports.words.problems import render
from cases.models import ImportRun, RunKind, Source
from cases.selectors_imports import ColumnShown, columns_shown
from collection_ops.core.wording import listed

FILE_TYPES = (".xlsx", ".xlsm", ".xls", ".et", ".csv", ".tsv", ".txt")
# 逾期明细20260331, 2026-03-31, 2026年3月31日; not part of a longer number.
DATE_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-._年]?(\d{1,2})[-._月]?(\d{1,2})日?(?!\d)")


def date_in_name(file_name: str) -> date | None:
    """The day a file name speaks of, if it speaks of exactly one."""
    found = set()
    for year, month, day in DATE_IN_NAME.findall(file_name):
        try:
            found.add(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found.pop() if len(found) == 1 else None


class TypedNumber:
    """Takes a number as people write it down: 1,234,567.00 元, with full-width commas and spaces."""

    _WRITING = str.maketrans("", "", ",，  ¥￥元行")

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.translate(self._WRITING) if isinstance(value, str) else value)  # type: ignore[misc]


class TypedCount(TypedNumber, forms.IntegerField):
    widget = forms.TextInput


class TypedYuan(TypedNumber, forms.DecimalField):
    widget = forms.TextInput


class ControlTotalsForm(forms.Form):
    """What the sender says the file holds. Empty means not said. `has_money`: such files have an amount."""

    def __init__(self, *args: Any, has_money: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_money:
            del self.fields["expected_total"]

    expected_rows = TypedCount(
        label=_("应有行数"),
        required=False,
        min_value=0,
        max_value=2_000_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": _("请填整数，例如 12,345")},
    )
    expected_total = TypedYuan(
        label=_("应有总额（元）"),
        required=False,
        max_digits=16,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": _("请填金额，例如 1,234,567.89"), "max_decimal_places": _("金额最多两位小数")},
    )


class UploadForm(ControlTotalsForm):
    """One file of one source, true for one day. Without a day the one in the file's name is taken; payments and complaints
    carry their own days, so that a file of them is as of today."""

    source = forms.ModelChoiceField(
        label=_("数据来源"),
        queryset=Source.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择数据来源")},
    )
    kind = forms.ChoiceField(
        label=_("文件类型"),
        required=False,
        choices=[("", _("自动识别")), *RunKind.choices],
        help_text=_("自动识别按列标题判断"),
    )
    as_of = forms.DateField(
        label=_("数据日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("文件内容所属的业务日；留空则取文件名中的日期"),
    )
    file = forms.FileField(
        label=_("文件"),
        max_length=255,
        widget=forms.FileInput(attrs={"accept": ",".join(FILE_TYPES)}),
        error_messages={"required": _("请选择文件"), "empty": _("文件是空的（0 字节）")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["file", "source", "as_of"])
        self.today = today
        sources = Source.objects.filter(is_active=True).order_by("code")
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]

    @property
    def kinds_without_money(self) -> list[str]:
        return [str(kind.name) for kind in KINDS.values() if not kind.money]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                _("文件有 %(size)s MB，上限是 %(limit)s MB；请按产品或地区拆分后上传"),
                params={"size": round(file.size / 2**20, 1), "limit": settings.UPLOAD_MAX_BYTES // 2**20},
            )
        if PurePath(file.name).suffix.lower() not in FILE_TYPES:
            raise forms.ValidationError(_("不支持这种文件格式，请上传 .xlsx、.xls 或 .csv"))
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("as_of") and "file" in data and "as_of" not in self.errors:
            named = date_in_name(data["file"].name)
            data["as_of"] = self.today if named is None and data.get("kind") in loose_kinds() else named
            if data["as_of"] is None:
                self.add_error("as_of", _("文件名中没有日期，请选择数据日期"))
        if data.get("as_of") and data["as_of"] > self.today:
            self.add_error("as_of", _("数据日期不能晚于今天"))
        return data


class AnswersForm(forms.Form):
    """The questions of a run as radio buttons, and every column as a choice that may be changed.

    Field names carry places, not headings: a heading may hold anything. `answers()` gives them back by their keys.
    """

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        for number, question in enumerate(run.questions):
            if question["code"] == PASSWORD_QUESTION:
                continue  # has a form of its own: what it asks for is kept nowhere
            self.fields[f"question-{number}"] = forms.ChoiceField(
                label=question_text(question),
                choices=[(option["value"], option_text(option)) for option in question["options"]],
                widget=forms.RadioSelect,
                help_text=samples_text(question),
                error_messages={"required": _("请选择一项")},
            )
        asked = {question["key"] for question in run.questions}
        fields = [(name, field.label) for name, field in kind_of(run).catalogue.fields.items()]
        for number, column in enumerate(run.understanding.get("columns", [])):
            if column["heading"] and f"column:{column['key']}" not in asked:
                self.fields[f"column-{number}"] = forms.ChoiceField(
                    label=column["heading"],
                    required=False,
                    choices=[(IGNORE, label_of(IGNORE)), *fields],
                    initial=column.get("field") or IGNORE,
                )

    def asks_about_columns(self) -> bool:
        """Whether any answer will be remembered for the source's next file."""
        return any(question["key"].startswith(("column:", "field:")) for question in self.run.questions)

    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("question-")]

    def columns(self) -> list[tuple[dict[str, Any], forms.BoundField]]:
        columns = self.run.understanding.get("columns", [])
        return [(columns[int(name[7:])], self[name]) for name in self.fields if name.startswith("column-")]

    def columns_with_fields(self) -> list[tuple[ColumnShown, forms.BoundField | None]]:
        """Every column with its choice; none where a question above asks about it."""
        return [
            (column, self[f"column-{column.index}"] if f"column-{column.index}" in self.fields else None)
            for column in columns_shown(self.run)
        ]

    def answers(self) -> dict[str, str]:
        """Question key → value; columns only where somebody chose something else than was recognised."""
        given = {
            question["key"]: self.cleaned_data[f"question-{number}"]
            for number, question in enumerate(self.run.questions)
            if question["code"] != PASSWORD_QUESTION
        }
        for column, bound in self.columns():
            chosen = self.cleaned_data.get(bound.name)
            if chosen and chosen != bound.initial:
                given[f"column:{column['key']}"] = chosen
        return given


class UnlockForm(forms.Form):
    """The password of a workbook; Excel allows 255 characters, blanks at the ends among them."""

    password = forms.CharField(
        label=_("打开密码"),
        max_length=255,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请输入密码")},
    )


def question_text(question: dict[str, Any]) -> str:
    """The sentence in the reader's language; the stored one where its code is not known any more."""
    params = {
        "heading": question["heading"],
        "field": question["key"].partition(":")[2],
        **(question.get("params") or {}),
    }
    try:
        return render(question["code"], params)
    except KeyError:
        return str(question.get("message", ""))


def samples_text(question: dict[str, Any]) -> str:
    """Values of the column that is asked about."""
    samples = listed(sample for sample in question.get("samples", []) if sample)
    if not samples:
        return ""
    return gettext("%(column)s 列，示例：%(samples)s") % {"column": question["column"], "samples": samples}


def option_text(option: dict[str, Any]) -> str:
    """What is chosen, with samples of the column where a column is chosen."""
    label = option_label(option)
    samples = listed(sample for sample in option.get("samples", []) if sample)
    return gettext("%(option)s（%(samples)s）") % {"option": label, "samples": samples} if samples else label
