"""What the person at the terminal reads: one sentence in Chinese, the same in English, and the details in a file."""

import errno
import sys
import time
from pathlib import Path
from typing import TextIO


class Stop(Exception):
    """A step cannot go on. Says, in each language, what happened and what to do about it."""

    def __init__(self, chinese: str, english: str, *, code: int = 1) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.english = english
        self.code = code


class Console:
    """Speaks to the terminal and keeps `start.log`. `quiet` moves speech to stderr: stdout then belongs to a command."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.log_file: Path | None = None
        for stream in (sys.stdout, sys.stderr):
            # A terminal that knows no Chinese shows question marks; it does not stop the start.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")

    def say(self, chinese: str, english: str) -> None:
        self._write(f"{chinese} · {english}", sys.stderr if self.quiet else sys.stdout)

    def step(self, chinese: str, english: str) -> None:
        """A step that takes time. Kept out of sight in front of a `manage` command."""
        if not self.quiet:
            self._write(f"» {chinese} · {english}", sys.stdout)
        self.log(f"step: {english}")

    def stop(self, problem: Stop) -> None:
        self.log(f"stop: {problem.english}")
        lines = [f"✗ {problem.chinese}", f"  {problem.english}"]
        if self.log_file is not None and self.log_file.exists():
            lines.append(f"  详情 · Details: {self.log_file}")
        self._write("\n".join(lines), sys.stderr)

    def log(self, text: str) -> None:
        if self.log_file is None:
            return
        try:
            with self.log_file.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
        except OSError:
            self.log_file = None  # a full or read-only disk: what the terminal says must do

    def _write(self, text: str, stream: TextIO) -> None:
        try:
            stream.write(text + "\n")
            stream.flush()
        except (BrokenPipeError, ValueError):
            pass  # the reader went away (`start.py | head`); the site runs on


DISK_FULL = Stop(
    "磁盘已满。请腾出至少 1 GB 空间后重新运行。",
    "The disk is full. Free at least 1 GB and run the command again.",
)
NO_NETWORK = Stop(
    "无法连接软件源。请检查网络或代理（pip 与 npm 使用您自己的镜像设置），再重新运行。",
    "The package registries cannot be reached. Check the network or proxy (pip and npm use your own mirror settings) "
    "and run the command again.",
)

_DISK_FULL_SIGNS = ("No space left on device", "ENOSPC", "Disk quota exceeded")
_NETWORK_SIGNS = (
    "from versions: none",  # pip found no index at all
    "Temporary failure in name resolution",
    "Name or service not known",
    "nodename nor servname",
    "Failed to establish a new connection",
    "NewConnectionError",
    "Network is unreachable",
    "Connection refused",
    "ConnectTimeoutError",
    "Read timed out",
    "ProxyError",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
)
_NOT_WRITABLE_SIGNS = ("Read-only file system", "Permission denied", "EROFS", "EACCES")


def not_writable(place: object) -> Stop:
    return Stop(
        f"无法写入 {place}。请把项目放到有写权限的文件夹，或用 COLLECTION_OPS_STATE 指定一个可写的状态文件夹；"
        "如果以前用 root 运行过，请继续用 root 或修改文件夹的所有者。",
        f"{place} cannot be written. Put the project in a folder of your own, or name a writable state folder with "
        "COLLECTION_OPS_STATE; if it was run as root before, go on as root or change the folder's owner.",
    )


def explain_output(output: str, otherwise: Stop, *, place: object) -> Stop:
    """The sentence for a failed tool: the cause its output betrays, or `otherwise`."""
    if any(sign in output for sign in _DISK_FULL_SIGNS):
        return DISK_FULL
    if any(sign in output for sign in _NETWORK_SIGNS):
        return NO_NETWORK
    if any(sign in output for sign in _NOT_WRITABLE_SIGNS):
        return not_writable(place)
    return otherwise


def explain_error(error: BaseException) -> Stop:
    """The sentence for an exception nobody caught."""
    if isinstance(error, Stop):
        return error
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DISK_FULL
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            return not_writable(error.filename or "?")
    return Stop(
        f"出现意外错误（{type(error).__name__}: {error}）。请重新运行一次；仍然失败时请把日志附在问题报告里。",
        f"Something unexpected happened ({type(error).__name__}: {error}). Run it once more; if it fails again, "
        "report it with the log.",
    )
