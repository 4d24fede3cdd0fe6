"""The limits of reading are settings, and each ends in words."""

from typing import Any

import pytest

from cases.imports.limits import read_limits
from cases.imports.reading.prescan import MEGABYTE
from cases.models import RunState
from tests.cases.imports.conftest import DAY_1, ImportDay, debt


def test_the_defaults_take_a_book_of_a_million_rows(settings: Any) -> None:
    limits = read_limits()
    assert (limits.rows, limits.file_bytes) == (1_200_000, 100 * MEGABYTE)
    assert limits.memory_for(packed=130 * MEGABYTE, unpacked=950 * MEGABYTE) > 2500 * MEGABYTE


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("IMPORT_MAX_ROWS", 2, "sheet_too_wide_or_long"),
        ("IMPORT_MAX_COLUMNS", 3, "sheet_too_wide_or_long"),
        ("UPLOAD_MAX_BYTES", 100, "file_too_large"),
    ],
)
def test_a_file_beyond_a_setting_is_refused_and_within_it_is_read(
    settings: Any, import_day: ImportDay, name: str, value: int, code: str
) -> None:
    rows = [debt(1), debt(2)]
    assert import_day(DAY_1, rows, apply=False).state == RunState.PREVIEW
    setattr(settings, name, value)
    run = import_day(DAY_1, rows, apply=False)
    assert (run.state, run.refusal["code"]) == (RunState.REFUSED, code)
