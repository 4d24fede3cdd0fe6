"""Uploaded files on disk: under a random name, readable by the service alone, hashed while they are written."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from cases.imports.refusals import RunRefused
from cases.models import ImportRun
from collection_ops.core.disk import is_disk_full

FOLDER = "imports"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """`name` is relative to MEDIA_ROOT; the name the clerk gave is for showing only and never part of a path."""

    name: str
    size: int
    sha256: str


def store(file: BinaryIO) -> StoredFile:
    """Write `file` away. Raises RunRefused: file_too_large beyond settings.UPLOAD_MAX_BYTES, storage_full when the disk has
    no room for it; nothing is left then."""
    name = secrets.token_hex(16)
    try:
        return _written(file, name)
    except OSError as error:
        if is_disk_full(error):
            raise RunRefused("storage_full") from error
        raise


def _written(file: BinaryIO, name: str) -> StoredFile:
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > settings.UPLOAD_MAX_BYTES:
                    raise RunRefused("file_too_large", megabytes=settings.UPLOAD_MAX_BYTES // (1 << 20))
                digest.update(chunk)
                out.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return StoredFile(name=f"{FOLDER}/{name}", size=size, sha256=digest.hexdigest())


def stored_path(run: ImportRun) -> Path:
    """Where the run's file lies: in our folder, whatever the row says. Names are of our making, but a row can be altered
    by who gets at the database, and must not become a way to the files of the machine."""
    return Path(settings.MEDIA_ROOT) / FOLDER / Path(run.stored_name).name


def remove(stored: StoredFile) -> None:
    """Take back what `store` wrote and nothing came of."""
    (Path(settings.MEDIA_ROOT) / stored.name).unlink(missing_ok=True)
