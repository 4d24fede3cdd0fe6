"""Uploaded files on disk: written by the kernel's private_files, refused in the words of the importer."""

from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from cases.imports.refusals import RunRefused
from cases.models import ImportRun
from collection_ops.core import private_files
from collection_ops.core.private_files import FileTooLarge, NoRoom, StoredFile

FOLDER = "imports"


def store(file: BinaryIO) -> StoredFile:
    """Write `file` away. Raises RunRefused: file_too_large beyond settings.UPLOAD_MAX_BYTES, storage_full when the disk has
    no room for it; nothing is left then."""
    try:
        return private_files.write(file, folder=FOLDER, most_bytes=settings.UPLOAD_MAX_BYTES)
    except FileTooLarge as error:
        raise RunRefused("file_too_large", megabytes=settings.UPLOAD_MAX_BYTES // (1 << 20)) from error
    except NoRoom as error:
        raise RunRefused("storage_full") from error


def stored_path(run: ImportRun) -> Path:
    """Where the run's file lies."""
    return private_files.path_of(run.stored_name, folder=FOLDER)
