"""The supervisor of web, worker and beat: a death is reported, repaired, and given up on when it goes on."""

import os
import signal
import subprocess
import sys
import time

import pytest

from collection_ops.launcher import processes
from collection_ops.launcher.supervise import Program, Restarts, StopRequest, Supervisor

SLEEP = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
FAIL = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture
def said():
    return []


def supervisor(programs, said, tmp_path):
    return Supervisor(
        programs,
        env=dict(os.environ),
        cwd=tmp_path,
        log_folder=tmp_path,
        say=lambda chinese, english: said.append((chinese, english)),
        patience=2,
    )


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_killed_program_is_reported_and_started_again(said, tmp_path):
    stop, program, seen = StopRequest(), Program("worker", SLEEP), []

    def watch():
        pid = program.process.pid
        if pid not in seen:
            seen.append(pid)
            if len(seen) == 1:
                os.kill(pid, signal.SIGKILL)
        stop.requested = len(seen) == 2

    assert supervisor([program], said, tmp_path).run(stop, every=watch) == 0
    assert len(said) == 1
    assert "worker" in said[0][0] and "SIGKILL" in said[0][0] and "重新启动" in said[0][0]
    assert "stopped unexpectedly" in said[0][1]
    assert all(is_gone(pid) for pid in seen)


def test_one_that_keeps_dying_stops_all_with_exit_code_one(said, tmp_path):
    web = Program("web", SLEEP)

    code = supervisor([web, Program("beat", FAIL)], said, tmp_path).run(StopRequest())

    assert code == 1
    assert len(said) == 4, "three restarts and the end"
    assert "keeps stopping (exit code 3)" in said[-1][1]
    assert is_gone(web.process.pid)


def test_restarts_far_apart_are_always_allowed():
    restarts = Restarts(limit=2, within=60)

    assert [restarts.allow(now) for now in (0, 30, 61, 92, 95, 96)] == [True, True, True, True, False, False]


def test_stopping_leaves_no_process_even_of_a_program_that_does_not_listen(said, tmp_path):
    deaf = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    stop, program = StopRequest(), Program("web", [sys.executable, "-c", deaf])
    log = tmp_path / "web.log"

    def watch():
        stop.requested = log.exists() and log.read_text().endswith("\n")

    supervisor([program], said, tmp_path).run(stop, every=watch)

    assert is_gone(program.process.pid)
    assert wait_for(lambda: is_gone(int(log.read_text())))


def test_its_lines_go_to_the_log_and_the_terminal_is_spared_the_routine_ones(said, tmp_path, capfd):
    lines = ['{"level": "INFO", "message": "routine"}', '{"level": "ERROR", "message": "matters"}', "plain"]
    program = Program("worker", [sys.executable, "-c", f"print({chr(10).join(lines)!r})"])

    supervisor([program], said, tmp_path).run(StopRequest())

    log, terminal = (tmp_path / "worker.log").read_text(), capfd.readouterr().out
    assert all(line in log for line in lines)
    assert "worker | plain" in terminal and "matters" in terminal and "routine" not in terminal


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_children_end_when_their_parent_is_killed(tmp_path):
    parent = (
        "import os, sys, time; from collection_ops.launcher import processes\n"
        f"child = processes.spawn({SLEEP!r}, env=dict(os.environ)); print(child.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    child = int(process.stdout.readline())

    process.kill()
    process.wait()
    process.stdout.close()

    assert wait_for(lambda: is_gone(child))


def test_how_it_ended_is_said_in_words():
    assert processes.how_it_ended(-9) == ("被信号 SIGKILL 终止", "ended by signal SIGKILL")
    assert processes.how_it_ended(1)[1] == "exit code 1"
