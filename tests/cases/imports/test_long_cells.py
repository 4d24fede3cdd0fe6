"""Cells, headings and search texts longer than Excel allows: what reads them looks at each character a few times.

All of it runs in a process that is ended when one reading takes seconds of processor time. Readings take hundredths of
one; a pattern that tries every pair of places takes minutes. What else the machine does has no part in it.
"""

import os
import subprocess
import sys

import pytest

from tests.real_programs import ROOT

PROGRAM = r"""
import os, resource, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection_ops.settings")
import django
django.setup()

from django.core.exceptions import ValidationError

from cases import forms_imports
from cases.imports import intake
from cases.imports.cleaning import clean
from cases.imports.judging import repayments, row_kinds
from cases.imports.layout import evidence, headings, synonyms
from cases.imports.words.problems import shown
from cases.services import search
from collection_ops.core import logs, masking

table = synonyms.SynonymTable.load()
amount = forms_imports.TypedYuan(max_digits=16, decimal_places=2)


def typed(text):
    try:
        amount.clean(text)
    except ValidationError:
        pass


READERS = {
    **{name: getattr(clean, name) for name in clean.__all__ if name.startswith("clean_") and name != "clean_column"},
    "id_key": clean.id_key,
    "normalise": synonyms.normalise,
    "lookup": table.lookup,
    "lookup in a group": lambda text: table.lookup("逾期", group=text),
    "keys_of": lambda text: headings.keys_of([text, text, ""], ["a", "b", ""]),
    "unit_in": lambda text: headings.unit_in(headings.titles_in([(text,)])),
    "date_in": lambda text: headings.date_in(headings.titles_in([(text,)])),
    "date with something behind": lambda text: clean.clean_date("2026-01-01" + text),
    "money with something behind": lambda text: clean.clean_money("1元" + text),
    "phone with something behind": lambda text: clean.clean_phone("021-55556666" + text),
    "code": evidence._CODE.fullmatch,
    "kind_of": lambda text: row_kinds.kind_of((text, "x"), text, heading="合同编号", titles={"a"}),
    "kind_of without a key": lambda text: row_kinds.kind_of((text, "x"), "", heading="合同编号", titles={"a"}),
    "is_subtotal": row_kinds.is_subtotal,
    "reversal": repayments._REVERSED.search,
    "reversal of something": lambda text: repayments._REVERSED.search("冲正" + text),
    "word of reversal": repayments._REVERSAL_WORD.match,
    **{f"shown {kind}": lambda text, kind=kind: shown(text, kind=kind, personal=True)
       for kind in ("name", "text", "phone", "id_no")},
    "shown": shown,
    "search": lambda text: search._readings(search.normalised(text)),
    "search, whole": lambda text: search._readings(text),
    "date in the name": intake.date_in_name,
    "date in the upload's name": forms_imports.date_in_name,
    "typed amount": typed,
    "log": logs.PERSONAL.search,
    **{name: getattr(masking, name) for name in ("mask_name", "mask_id", "mask_phone", "mask_address")},
}
PIECES = (
    "1", "(", " ", "-", "一", "1,", "1 ", "a@", "\n", "a\n", "*", "[", "A1234 ", "·", " ·", "。", "0.", "+86-", "2026-",
    "2026年1月", '="', "'", "\u3000", "\u200b", "天数/", "合 计", "冲正 ", "截至 ", "单位:", "ext ", "021-", "( ", "1\n2\n",
    "第1", "元", "亿 ", "rmb", "\\", "%", "{{", "\u0301",
)
ENDS = (("1", "x"), ("", "1"))
LENGTH = 33_000


def main(readers):
    for name, read in readers.items():
        for piece in PIECES:
            for before, after in ENDS:
                print(name, repr(before), repr(piece), repr(after), flush=True)
                resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + SECONDS, resource.RLIM_INFINITY))
                read(before + piece * (LENGTH // len(piece)) + after)
    print("all of them", flush=True)
"""

# `\s*$` after a blank that something follows: each blank is a new beginning, and each looks at all the others.
QUADRATIC = r'{"twin": __import__("re").compile(r"\s*[a-z]?\s*$").search}'


def last_line(readers: str, *, seconds: int) -> str:
    """What was being read when the process ended; `seconds` of processor time at the most for one reading."""
    answer = subprocess.run(
        [sys.executable, "-c", f"{PROGRAM}\nSECONDS = {seconds}\nmain({readers})"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert "Traceback" not in answer.stderr, answer.stderr
    return answer.stdout.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of processor time there")
def test_a_text_of_thirty_three_thousand_characters_is_read_or_refused_at_once():
    assert last_line("READERS", seconds=3) == "all of them"


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of processor time there")
def test_twin_a_pattern_that_looks_at_every_pair_of_places_does_not_come_to_an_end():
    assert last_line(QUADRATIC, seconds=2).startswith("twin ")
