"""Work on many items in helper processes, with the results in order.

Helpers are forks of this process: they see what it has read without a copy, and send back what they made through a pipe
each. Helper ``n`` takes every so-manieth item, and waits when its pipe is full, so that no more than two results a helper
exist at any time. They touch no database and no file, and end without clean-up: the connection they were born with is not
theirs. (``multiprocessing`` is no way here: a worker of the job queue may not have children of that kind.)

A helper that dies or falls silent loses nothing: its items are done here. When this process dies, however suddenly, its
helpers die with it.
"""

import contextlib
import ctypes
import gc
import logging
import os
import pickle
import select
import signal
import struct
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_HELPERS = 4
SILENCE_SECONDS = 120.0  # a helper works a second on an item, many times that on a crowded machine
_NICE = 5  # pages and the database go first
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>: a signal for the child when its parent is gone
_HEADER = struct.Struct(">Q")


def usable_helpers() -> int:
    """How many helpers this machine has processors for; 0 where they would be of no use or there is no safe fork."""
    if not sys.platform.startswith("linux"):
        return 0
    processors = len(os.sched_getaffinity(0))
    return min(processors, MOST_HELPERS) if processors > 1 else 0


def in_order(work: Callable[[Item], Result], items: Sequence[Item], *, helpers: int = 0) -> Iterator[Result]:
    """``work(item)`` of every item, in their order. With ``helpers`` 0, or a single item, it is all done here.

    Results must survive a pickle. What ``work`` raises is raised here.
    """
    count = min(helpers, len(items))
    if count < 2:
        yield from map(work, items)
        return
    started: list[_Helper] = []
    try:
        for number in range(count):
            started.append(_start(work, items[number::count], earlier=started))
        for place, item in enumerate(items):
            helper = started[place % count]
            answer = helper.next_answer() if helper.works else None
            if answer is None:
                helper.end()
                yield work(item)
            else:
                yield pickle.loads(answer)  # noqa: S301  from a fork of ourselves
                del answer
    finally:
        for helper in started:
            helper.end()


@dataclass(slots=True)
class _Helper:
    pid: int
    pipe: int
    works: bool = True

    def next_answer(self) -> bytes | None:
        """The helper's next result, pickled; None when it has died or fallen silent."""
        header = self._read(_HEADER.size)
        answer = self._read(_HEADER.unpack(header)[0]) if header is not None else None
        if answer is None:
            logger.warning("a helper process gave up, its rows are done here", extra={"helper": self.pid})
        return answer

    def end(self) -> None:
        if self.works:
            self.works = False
            os.close(self.pipe)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):  # somebody else may have waited for it
                os.waitpid(self.pid, 0)

    def _read(self, size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            some = os.read(self.pipe, min(size - len(parts), 1 << 20)) if self._speaks() else b""
            if not some:
                return None
            parts += some
        return bytes(parts)

    def _speaks(self) -> bool:
        waiting = select.poll()
        waiting.register(self.pipe, select.POLLIN)
        return bool(waiting.poll(SILENCE_SECONDS * 1000))


def _start(work: Callable[[Any], Any], items: Sequence[Any], *, earlier: Sequence[_Helper]) -> _Helper:
    reading, writing = os.pipe()
    parent = os.getpid()
    with warnings.catch_warnings():
        # Newer Pythons warn of threads that hold a lock at this moment. The helper takes none of theirs (no log, no
        # database), and should it hang after all, its silence is noticed.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _help(work, items, writing, parent=parent, close=[reading, *(helper.pipe for helper in earlier)])
    os.close(writing)
    return _Helper(pid, reading)


def _help(work: Callable[[Any], Any], items: Sequence[Any], pipe: int, *, parent: int, close: Sequence[int]) -> None:
    """The life of a helper. Never returns: an exit through the code above would run the clean-up of its parent."""
    status = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked to be told
            return
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(name, signal.SIG_DFL)
        for other in close:  # an earlier helper's pipe must end when its reader does
            os.close(other)
        gc.freeze()
        gc.disable()  # rows make no cycles, and a walk over everything would copy what is shared with the parent
        os.nice(_NICE)
        for item in items:
            answer = pickle.dumps(work(item), protocol=pickle.HIGHEST_PROTOCOL)
            _write(pipe, _HEADER.pack(len(answer)))
            _write(pipe, answer)
            del answer
        status = 0
    finally:
        os._exit(status)


def _write(pipe: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(pipe, rest) :]
