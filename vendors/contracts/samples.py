"""Sample payments for the test bench: typed in rows, or read from a CSV or Excel file. All that is wrong is said at once."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _

from cases.imports.limits import read_limits
from cases.imports.reading.read import SheetData, read_file
from cases.imports.words.problems import FileRefused
from cases.stage import LAST_STAGE, Stage
from vendors.contracts.bench import MOST_AGE, MOST_SAMPLES, Sample, Trial
from vendors.contracts.figures import Entries, NotRead, folded, number, signed_number
from vendors.contracts.terms import Event

COLUMNS = ("stage", "product", "age", "amount", "base")
HEADINGS = {
    "stage": {"stage", "阶段", "委案时阶段", "委案阶段"},
    "product": {"product", "产品"},
    "age": {"age", "账龄", "账龄(月)"},
    "amount": {"amount", "还款", "还款金额", "金额", "还款金额(元)"},
    "base": {"base", "委案金额", "基数", "委案金额(元)"},
}
FILE_TYPES = (".csv", ".xlsx")
LARGEST_FILE = 1_000_000
MOST_YUAN = 999_999_999
MOST_EVENTS = 100_000
BLANK_ROWS = 5

TypedSample = dict[str, str]


class SamplesRefused(Exception):
    """A file that gives no samples; `reasons` are sentences with row and column."""

    def __init__(self, *reasons: Any) -> None:
        self.reasons = [str(one) for one in reasons]
        super().__init__(" ".join(self.reasons))


def typed_samples(post: QueryDict) -> list[TypedSample]:
    return [
        {name: post.get(f"sample-{n}-{name}", "").replace("\x00", "") for name in COLUMNS}
        for n in range(1, MOST_SAMPLES + 2)
        if f"sample-{n}-amount" in post
    ]


def blank_sample() -> TypedSample:
    return dict.fromkeys(COLUMNS, "")


def typed_of(trial: Mapping[str, Any]) -> list[TypedSample]:
    """The samples of a kept trial as they would be typed."""
    return [{name: str(one[name]) for name in COLUMNS} for one in trial.get("samples", [])]


def read_trial(
    samples: Sequence[TypedSample], *, score: str, events: Mapping[str, str]
) -> tuple[Trial | None, dict[str, str]]:
    """The trial, or what is wrong by the name of the entry (`sample-N-base`, `score`, `count-CODE`)."""
    entries = Entries()
    found = []
    for n, row in enumerate(samples, 1):
        if any(row[name].strip() for name in COLUMNS):
            one, errors = _sample(n, row)
            entries.wrong |= {f"sample-{n}-{name}": why for name, why in errors.items()}
            found.append(one)
    if len(found) > MOST_SAMPLES:
        entries.wrong["samples"] = _("最多 %(most)d 笔样例") % {"most": MOST_SAMPLES}
    reached = entries.take("score", score.strip() or "100", partial(number, most=100, places=2), Decimal(100))
    counts = {
        event: entries.whole(f"count-{event}", events.get(str(event), ""), most=MOST_EVENTS, empty="0")
        for event in Event
    }
    if entries.wrong:
        return None, entries.wrong
    return Trial(tuple(found), reached, {event: count for event, count in counts.items() if count}), {}


def _sample(n: int, row: TypedSample) -> tuple[Sample, dict[str, str]]:
    entries = Entries()
    one = Sample(
        number=n,
        stage=entries.take("stage", row["stage"], _stage, 1),
        product=row["product"].strip(),
        age=entries.whole("age", row["age"], most=MOST_AGE, empty="0"),
        amount=entries.take(
            "amount", row["amount"].strip() or "0", partial(signed_number, most=MOST_YUAN, places=2), Decimal(0)
        ),
        base=entries.money("base", row["base"], most=MOST_YUAN, empty="0"),
    )
    return one, entries.wrong


def _stage(text: str) -> int:
    """«M2», «2», «M7+»."""
    plain = folded(text).casefold().removeprefix("m").removesuffix("+")
    if plain.isascii() and plain.isdecimal() and len(plain) == 1 and 1 <= int(plain) <= LAST_STAGE:
        return int(plain)
    raise NotRead(_("“%(text)s”不是阶段，写作 M1 至 M7+") % {"text": text.strip()[:20]})


def stage_choices() -> list[tuple[str, str]]:
    return [(str(stage.value), str(stage.label)) for stage in Stage if stage]


# Files -------------------------------------------------------------------------------------------------------------


def read_upload(upload: UploadedFile) -> list[TypedSample]:
    """The rows of a file that somebody sent, as if typed. Raises SamplesRefused."""
    suffix = PurePath(upload.name or "").suffix.lower()
    if suffix not in FILE_TYPES:
        raise SamplesRefused(_("请上传 .csv 或 .xlsx 文件"))
    if not upload.size or upload.size > LARGEST_FILE:
        raise SamplesRefused(_("样例文件要在 1 MB 以内，且不能为空"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / f"samples{suffix}"
        path.write_bytes(upload.read())
        return read_samples_file(path)


def read_samples_file(path: Path) -> list[TypedSample]:
    """The rows of a CSV or Excel file: its first row names the columns, in any order. Raises SamplesRefused with everything
    that is wrong, by row and column."""
    try:
        book = read_file(path, limits=replace(read_limits(), file_bytes=LARGEST_FILE))
    except FileRefused as refusal:
        raise SamplesRefused(refusal.message) from refusal
    sheet = next((one for one in book.sheets if len(one.rows)), None)
    if sheet is None:
        raise SamplesRefused(_("文件中没有行"))
    at = _columns(sheet)
    found, wrong = [], []
    for index in range(1, len(sheet.rows)):
        cells = sheet.rows[index]
        row = {name: _text(cells[at[name]]) if at[name] < len(cells) else "" for name in COLUMNS}
        if not any(row.values()):
            continue
        _one, errors = _sample(index, row)
        wrong += [
            _("第 %(row)d 行 %(column)s：%(why)s")
            % {"row": sheet.first_row + index, "column": _text(sheet.rows[0][at[name]]), "why": why}
            for name, why in errors.items()
        ]
        found.append(row)
    if len(found) > MOST_SAMPLES:
        wrong = [_("最多 %(most)d 笔样例，文件有 %(count)d 笔") % {"most": MOST_SAMPLES, "count": len(found)}]
    if not found:
        wrong = [_("文件中没有样例：标题行之下每行一笔")]
    if wrong:
        raise SamplesRefused(*wrong)
    return found


def _columns(sheet: SheetData) -> dict[str, int]:
    headings = [folded(_text(cell)).casefold() for cell in sheet.rows[0]]
    at = {name: next((n for n, heading in enumerate(headings) if heading in HEADINGS[name]), -1) for name in COLUMNS}
    missing = [name for name, index in at.items() if index < 0]
    if missing:
        words = {
            "stage": _("阶段"),
            "product": _("产品"),
            "age": _("账龄"),
            "amount": _("还款金额"),
            "base": _("委案金额"),
        }
        raise SamplesRefused(
            *(_("缺少列“%(column)s”（或 %(name)s）") % {"column": words[name], "name": name} for name in missing)
        )
    return at


def _text(cell: Any) -> str:
    """Spreadsheets keep 55 as 55.0 and 0.1 as a float; two places of money come through `repr` whole."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).strip()


def event_texts(post: Mapping[str, Any]) -> dict[str, str]:
    return {str(event): str(post.get(f"count-{event}", "")).replace("\x00", "") for event in Event}


def rearranged(samples: Iterable[TypedSample], act: str) -> list[TypedSample]:
    """After `add_sample` or `remove_sample-3`."""
    rows = list(samples)
    name, _dash, at = act.partition("-")
    index = int(at) - 1 if at.isascii() and at.isdecimal() and len(at) < 4 else -1
    if name == "add_sample" and len(rows) < MOST_SAMPLES:
        rows.append(blank_sample())
    elif name == "remove_sample" and 0 <= index < len(rows):
        del rows[index]
    return rows
