"""Helper processes may be slow, die or fall silent: no item is lost, none is done twice, and none outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cases.imports.judging import forks
from cases.imports.judging.forks import in_order, usable_helpers
from cases.imports.reading.children import ROOT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="helpers are made on Linux only")

HERE = os.getpid()


def squared(number: int) -> tuple[int, bool]:
    return number * number, os.getpid() != HERE


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_results_come_in_order_and_from_helpers_where_there_are_any(count: int):
    done = list(in_order(squared, range(11), helpers=count))
    assert [value for value, _elsewhere in done] == [n * n for n in range(11)]
    assert {elsewhere for _value, elsewhere in done} == {count > 1}


def test_large_results_pass_a_pipe_that_is_small():
    done = list(in_order(lambda n: bytes([n]) * 3_000_000, range(5), helpers=2))
    assert [(len(one), one[0]) for one in done] == [(3_000_000, n) for n in range(5)]


def test_what_a_dead_helper_leaves_is_done_here():
    def work(number: int) -> tuple[int, bool]:
        if number == 3 and os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        return squared(number)

    done = list(in_order(work, range(8), helpers=2))
    assert [value for value, _elsewhere in done] == [n * n for n in range(8)]
    assert [elsewhere for _value, elsewhere in done] == [True, True, True, False, True, False, True, False]


def test_a_helper_that_falls_silent_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(forks, "SILENCE_SECONDS", 0.2)

    def work(number: int) -> int:
        if number == 1 and os.getpid() != HERE:
            time.sleep(60)
        return number

    started = time.monotonic()
    assert list(in_order(work, range(4), helpers=2)) == [0, 1, 2, 3]
    assert time.monotonic() - started < 30


def test_an_error_of_the_work_is_raised_here_with_its_own_words():
    def work(number: int) -> int:
        if number == 2:
            raise ValueError("row 2 is beyond us")
        return number

    with pytest.raises(ValueError, match="row 2 is beyond us"):
        list(in_order(work, range(4), helpers=2))


def test_no_helper_is_left_when_nobody_wants_the_rest():
    results = in_order(lambda n: os.getpid(), range(100), helpers=2)
    pids = {next(results), next(results)}
    results.close()
    assert HERE not in pids
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_helpers_die_with_their_parent_however_suddenly():
    code = (
        "import os, time\n"
        "from cases.imports.judging.forks import in_order\n"
        "for pid in in_order(lambda n: (time.sleep(60) if n > 1 else 0) or os.getpid(), range(4), helpers=2):\n"
        "    print(pid, flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    pids = [int(parent.stdout.readline()), int(parent.stdout.readline())]
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while (left := [pid for pid in pids if _runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_processor_needs_no_helpers(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    assert usable_helpers() == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)))
    assert usable_helpers() == forks.MOST_HELPERS
