"""`start.py`: its options, and the sentence for a Python that is too old."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from collection_ops.launcher import checks, commands

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def test_without_a_command_it_runs_the_site_on_this_machine_only():
    options = commands.build_parser().parse_args([])

    assert (options.command, options.host, options.port, options.no_demo) == (None, "127.0.0.1", None, False)


def test_every_command_of_the_readme_is_known():
    parser = commands.build_parser()

    for line in (
        "prepare",
        "prepare --no-demo",
        "test",
        "test tests/core -x",
        "stop",
        "reset-demo",
        "backup /b",
        "restore /b",
    ):
        assert parser.parse_args(line.split()).command == line.split()[0]


def test_no_demo_is_understood_before_and_after_prepare():
    parser = commands.build_parser()

    assert parser.parse_args(["--no-demo", "prepare"]).no_demo
    assert parser.parse_args(["prepare", "--no-demo"]).no_demo
    assert not parser.parse_args(["prepare"]).no_demo


def test_arguments_of_manage_are_passed_on_as_they_are():
    options = commands.parse(["manage", "import_overdue", "a.xlsx", "--source", "CC", "--json"])

    assert options.arguments == ["import_overdue", "a.xlsx", "--source", "CC", "--json"]


@pytest.mark.parametrize("command", ["test", "manage"])
def test_what_comes_first_may_be_an_option_of_the_command_behind(command):
    assert commands.parse([command, "--tests-only"]).arguments == ["--tests-only"]
    assert commands.parse([command, "--help"]).arguments == ["--help"]
    assert commands.parse([command]).arguments == []
    assert commands.parse(["--port", "8001", command, "-x"]).port == 8001


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1"])
def test_a_port_that_is_none_is_refused_before_anything_starts(port, capsys):
    with pytest.raises(SystemExit) as stop:
        commands.build_parser().parse_args(["--port", port])

    assert stop.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_start_py_can_be_read_by_pythons_of_ten_years_ago():
    source = (CHECKOUT / "start.py").read_text(encoding="utf-8")

    ast.parse(source, feature_version=(3, 4))
    assert 'f"' not in source, "an f-string is a syntax error for Python 2, which then cannot say what is missing"


def test_an_old_python_is_told_which_one_is_needed():
    pretend = (
        "import sys, runpy, collections; V = collections.namedtuple('V', 'major minor micro releaselevel serial')\n"
        "sys.version_info = V(3, 9, 2, 'final', 0); runpy.run_path('start.py', run_name='__main__')"
    )

    result = subprocess.run([sys.executable, "-c", pretend], cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert "需要 Python 3.11" in result.stderr and "3.9" in result.stderr
    assert "Python 3.11 or newer is needed" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_launcher_needs_nothing_installed():
    """-S hides every installed package: what is imported then is the standard library and ours."""
    result = subprocess.run(
        [sys.executable, "-I", "-S", "start.py", "--help"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
    assert "reset-demo" in result.stdout


def test_the_suite_leaves_out_its_slow_tests_until_they_are_asked_for():
    assert checks.chosen([])[-2:] == ["-m", "not slow"]
    assert checks.chosen(["--tests-only", "--ignore=tests/access"])[-3:] == ["-m", "not slow", "--ignore=tests/access"]
    assert checks.chosen(["--tests-only", "-m", "slow"])[-2:] == ["-m", "slow"]
    assert "not slow" not in checks.chosen(["--tests-only", "-m", "slow"])
    assert checks.chosen(["tests/core", "-x"]) == ["tests/core", "-x"]
