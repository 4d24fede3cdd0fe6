"""The limits of this installation: settings, as the reading rooms take them."""

from django.conf import settings

from cases.imports.reading.prescan import MEGABYTE, ReadLimits


def read_limits() -> ReadLimits:
    """How large an uploaded file may be here. What no setting names is as `ReadLimits` says."""
    return ReadLimits(
        file_bytes=settings.UPLOAD_MAX_BYTES,
        unpacked_bytes=settings.IMPORT_MAX_UNPACKED_MB * MEGABYTE,
        ratio=settings.IMPORT_MAX_RATIO,
        rows=settings.IMPORT_MAX_ROWS,
        columns=settings.IMPORT_MAX_COLUMNS,
        sheets=settings.IMPORT_MAX_SHEETS,
        memory_bytes=settings.IMPORT_MAX_MEMORY_MB * MEGABYTE,
        cpu_seconds=settings.IMPORT_MAX_SECONDS,
        wall_seconds=settings.IMPORT_MAX_SECONDS * 3 // 2,
    )
