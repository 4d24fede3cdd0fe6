"""Run one command as a child that ends with its parent: `python -I -S child.py PARENT SIGNAL UID:GID -- COMMAND…`.

Linux sends SIGNAL when the parent dies, even of kill -9, so no engine or worker is left behind. It is asked for here,
between fork and exec: it must come after the change of account, which would clear it. A small process of its own in
place of `preexec_fn`, which may deadlock in a program with threads. Elsewhere than on Linux only the account changes.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, signal_number, account, separator, *command = arguments
    if separator != "--" or not command:
        sys.exit("usage: child.py PARENT SIGNAL UID:GID|- -- COMMAND…")
    if account != "-":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit(1)  # the parent died before the request was in force
    try:
        os.execvpe(command[0], command, os.environ)  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
