"""Job handlers of the import pages."""

import secrets
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from cases.imports.storing import stored_path
from cases.imports.words.problems import FileRefused
from cases.models import ImportRun
from cases.services.error_workbook import ERROR_WORKBOOKS, write_error_workbook
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler


@job_handler("cases.error_workbook")
def error_workbook(job_run: JobRun) -> Outcome:
    """Repeatable: every try writes a file of its own and only the last one is named."""
    run = ImportRun.objects.select_related("source").get(pk=job_run.job.params["run"])
    folder = Path(settings.MEDIA_ROOT) / ERROR_WORKBOOKS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{ERROR_WORKBOOKS}/{secrets.token_hex(16)}.xlsx"
    target = Path(settings.MEDIA_ROOT) / name
    target.touch(mode=0o600)
    try:
        rows = write_error_workbook(run=run, original=stored_path(run), target=target)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, FileRefused):
            raise ExpectedFailure(error.message) from error
        raise
    return Outcome(result={"file": name, "rows": rows}, url=reverse("cases:import_run", args=[run.pk]))
