"""The hourly reading of what was written and said."""

from collection_ops.core import clock
from collection_ops.core.services.jobs import JobRun, Outcome, job_handler
from compliance.wordcheck.scanning import read_new

CHECK = "compliance.check_wording"


@job_handler(CHECK)
def check_wording(job_run: JobRun) -> Outcome:
    """Safe to repeat: it goes on where the last one stopped."""
    read = read_new(now=clock.database_now())
    figures = {"texts": read.texts, "hits": read.hits}
    return Outcome(result={**figures, "sentence": "wording.checked", "params": figures})
