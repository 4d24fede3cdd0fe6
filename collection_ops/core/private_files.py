"""Files that only the service reads: under a random name in a folder of MEDIA_ROOT, mode 600, hashed while they are written.

The name that somebody gave a file is for showing only and never part of a path.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from collection_ops.core.disk import is_disk_full

_CHUNK = 1 << 20


class FileTooLarge(Exception):
    """Larger than allowed; nothing is left of it."""


class NoRoom(Exception):
    """The disk has no room for it; nothing is left of it, and the same file can be sent again."""


@dataclass(frozen=True)
class StoredFile:
    """`name` is relative to MEDIA_ROOT; `size` in bytes."""

    name: str
    size: int
    sha256: str


def write(file: BinaryIO, *, folder: str, most_bytes: int) -> StoredFile:
    """Write `file` away into `folder`. Raises FileTooLarge, NoRoom."""
    name = secrets.token_hex(16)
    try:
        return _written(file, folder, name, most_bytes)
    except OSError as error:
        if is_disk_full(error):
            raise NoRoom from error
        raise


def _written(file: BinaryIO, folder: str, name: str, most_bytes: int) -> StoredFile:
    place = Path(settings.MEDIA_ROOT) / folder
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / name
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > most_bytes:
                    raise FileTooLarge
                digest.update(chunk)
                out.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return StoredFile(name=f"{folder}/{name}", size=size, sha256=digest.hexdigest())


def path_of(stored_name: str, *, folder: str) -> Path:
    """Where the file lies: in its folder, whatever the row says. Names are of our making, but a row can be altered by who
    gets at the database, and must not become a way to the files of the machine."""
    return Path(settings.MEDIA_ROOT) / folder / Path(stored_name).name


def remove(stored: StoredFile) -> None:
    """Take back what `write` wrote and nothing came of."""
    (Path(settings.MEDIA_ROOT) / stored.name).unlink(missing_ok=True)


@contextmanager
def kept_with_its_row(stored: StoredFile) -> Iterator[None]:
    """A file without a row is nobody's: it goes when the row cannot be written down."""
    try:
        yield
    except BaseException:
        if stored.name:
            remove(stored)
        raise


def shown_name(name: str) -> str:
    """The name as given, for showing: without folders and control characters."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in base if c.isprintable()).strip()[:255] or "?"
