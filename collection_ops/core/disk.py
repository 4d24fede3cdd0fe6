"""Telling a full disk from a fault of ours: the first is said to people, who can have room made and try again."""

import errno

FULL = (errno.ENOSPC, errno.EDQUOT)


def is_disk_full(error: BaseException | None) -> bool:
    """Whether there was no room left, also where a library wrapped the system's error in its own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
