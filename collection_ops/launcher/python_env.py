"""The virtual environment and the pinned packages in it. A stamp a file: nothing is installed twice."""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .messages import Console, Stop, explain_output, not_writable
from .places import Places


def ensure(places: Places, console: Console, *, files: list[str]) -> None:
    """Make `.venv` and install the requirement files that changed since the last time."""
    with one_at_a_time(places.checkout / "requirements.txt"):
        if not _usable(places):
            _make_venv(places, console)
        pending = [name for name in files if not _stamp_matches(places, name)]
        if not pending:
            return
        console.step(
            f"安装软件包 {'、'.join(pending)}（首次约一分钟）",
            f"Installing the packages of {', '.join(pending)} (about a minute the first time)",
        )
        command = [str(places.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        for name in pending:
            command += ["-r", str(places.checkout / name)]
        run_logged(
            command,
            console=console,
            cwd=places.checkout,
            otherwise=Stop(
                "软件包安装失败。请看日志最后几行；常见原因是网络中断或 Python 版本过新，重新运行会继续安装。",
                "Installing the packages failed. The last lines of the log say why, often a broken connection or a "
                "Python that is too new; running the command again goes on.",
            ),
            place=places.venv,
        )
        for name in pending:
            _stamp(places, name).write_text(_digest(places, name))


def run_logged(
    command: list[str],
    *,
    console: Console,
    cwd: Path,
    otherwise: Stop,
    place: Path,
    env: dict[str, str] | None = None,
) -> str:
    """Run a tool with its output in start.log; its failure becomes a sentence. Returns the output."""
    console.log("run: " + " ".join(command))
    try:
        result = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise otherwise from None
    console.log(result.stdout)
    if result.returncode != 0:
        raise explain_output(result.stdout, otherwise, place=place)
    return result.stdout


@contextlib.contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Two starts of one checkout (say with two state folders) install one after the other."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with file.open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _usable(places: Places) -> bool:
    """A Python of the right version with pip answers; not so after a system upgrade or an interrupted start."""
    if not places.python.exists():
        return False
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    with contextlib.suppress(OSError):
        return subprocess.run([places.python, "-c", check], capture_output=True, check=False).returncode == 0
    return False


def _make_venv(places: Places, console: Console) -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Stop(
            f"这个 Python 缺少 venv（Debian、Ubuntu 单独打包）。请先运行: sudo apt install python{version}-venv",
            f"This Python has no venv (Debian and Ubuntu package it apart). Run first: "
            f"sudo apt install python{version}-venv",
        )
    if not os.access(places.checkout, os.W_OK) and not places.venv.exists():
        raise not_writable(places.checkout)
    console.step("创建 Python 虚拟环境 .venv", "Making the Python environment .venv")
    if places.venv.exists():
        shutil.rmtree(places.venv)
    run_logged(
        [sys.executable, "-m", "venv", str(places.venv)],
        console=console,
        cwd=places.checkout,
        otherwise=Stop(
            "无法创建 .venv。请查看日志，删除 .venv 后重新运行。",
            "Making .venv failed. See the log, delete .venv and run the command again.",
        ),
        place=places.checkout,
    )


def _stamp(places: Places, name: str) -> Path:
    return places.venv / f".installed-{name}"


def _stamp_matches(places: Places, name: str) -> bool:
    stamp = _stamp(places, name)
    return stamp.exists() and stamp.read_text() == _digest(places, name)


def _digest(places: Places, name: str) -> str:
    return hashlib.sha256((places.checkout / name).read_bytes()).hexdigest()
