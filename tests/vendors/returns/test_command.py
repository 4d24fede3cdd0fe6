"""Loading a file from the command line: read, taken in, and the exit codes of what stays out."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from collection_ops.core import clock
from tests.vendors.returns.house import House, as_csv, noon
from vendors.models import PaymentClaim, ReturnedFile

pytestmark = pytest.mark.django_db
GOOD = ("HT-1", "P-1", "2026-03-01", "200.00", "机构")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "database_now", noon)


def load(path: Path, *more: str, agency: str = "jia") -> None:
    call_command("load_returned", str(path), "--agency", agency, "--kind", "payments", "--day", "2026-03-02", *more)


def test_it_reads_and_takes_in_only_when_asked(house: House, tmp_path: Path, capsys):
    path = tmp_path / "回款.csv"
    path.write_bytes(as_csv("payments", GOOD).getvalue())
    load(path)
    assert "preview" in capsys.readouterr().out and not PaymentClaim.objects.exists()
    with pytest.raises(CommandError, match="不重复读取"):
        load(path, "--apply")
    path.write_bytes(as_csv("payments", GOOD, ("HT-2", "P-2", *GOOD[2:])).getvalue())
    with pytest.raises(SystemExit) as ended:
        load(path, "--apply", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["state"], told["counts"]["done"]) == (2, "applied", 1)
    assert told["left_out"] == ["第 3 行：该机构在 2026-03-01 没有合同 HT-2"]
    assert PaymentClaim.objects.get().reference == "P-1"


def test_what_cannot_be_read_ends_with_its_sentence(house: House, tmp_path: Path):
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(CommandError, match="文件是空的"):
        load(empty)
    with pytest.raises(CommandError, match="no agency with the code 'bing'"):
        load(empty, agency="bing")
    with pytest.raises(CommandError):
        load(tmp_path / "missing.csv")
    assert ReturnedFile.objects.get().state == "refused"
