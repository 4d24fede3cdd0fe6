"""A failing step ends with a sentence that says what to do, in both languages, and never with a traceback."""

import errno

import pytest

from collection_ops.launcher import commands, messages
from collection_ops.launcher.messages import Stop, explain_error, explain_output

OTHERWISE = Stop("别的", "something else")


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("npm error code ENOSPC", "disk is full"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "registries"),
        (
            "ERROR: Could not find a version that satisfies the requirement amqp==5.4.2 (from versions: none)",
            "registries",
        ),
        ("npm error code ENOTFOUND", "registries"),
        ("OSError: [Errno 30] Read-only file system: '/srv/x'", "cannot be written"),
        ("npm error code EACCES", "cannot be written"),
        ("SyntaxError: something of ours", "something else"),
    ],
)
def test_a_tools_output_betrays_the_cause(output, says):
    problem = explain_output(output, OTHERWISE, place="/srv/x")

    assert says in problem.english
    assert problem.chinese


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be written"), (errno.EACCES, "cannot be written")],
)
def test_an_error_of_the_system_becomes_a_sentence(number, says):
    assert says in explain_error(OSError(number, "x", "/srv/x")).english


def test_an_unexpected_error_is_named_in_one_line():
    problem = explain_error(ValueError("odd"))

    assert "ValueError: odd" in problem.english and "ValueError: odd" in problem.chinese


def test_a_failure_prints_both_languages_and_where_the_details_are(tmp_path, capsys):
    console = messages.Console()
    console.log_file = tmp_path / "start.log"

    console.stop(Stop("请做这件事。", "Do this."))

    told = capsys.readouterr().err
    assert "请做这件事。" in told and "Do this." in told and str(tmp_path / "start.log") in told
    assert "Do this." in (tmp_path / "start.log").read_text()


def test_a_traceback_goes_to_the_log_and_not_to_the_terminal(tmp_path, monkeypatch, capsys):
    def breaks(options, places, console):
        console.log_file = tmp_path / "start.log"
        raise RuntimeError("surprise")

    monkeypatch.setattr(commands, "_dispatch", breaks)

    assert commands.main(["prepare"]) == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told and "surprise" in told
    assert "Traceback" in (tmp_path / "start.log").read_text()


def test_in_front_of_manage_we_speak_on_stderr_only(capsys):
    """`start.py manage import_overdue … --json` is read by programs."""
    console = messages.Console(quiet=True)

    console.say("一句话", "a sentence")
    console.step("一步", "a step")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "a sentence" in captured.err and "a step" not in captured.err
