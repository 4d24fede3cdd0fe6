"""The day's settling of agreements: promises whose time is over, waivers that nobody used."""

from cases.services.promises import settle_promises
from cases.services.waivers import lapse_waivers
from collection_ops.core import clock
from collection_ops.core.services.jobs import JobRun, Outcome, job_handler

SETTLE = "cases.settle_agreements"


@job_handler(SETTLE)
def settle_agreements(job_run: JobRun) -> Outcome:
    """Safe to repeat: what is settled already stays as it is."""
    now = clock.database_now()
    day = clock.business_date(now)
    figures = {"promises": settle_promises(day=day), "waivers": lapse_waivers(day=day, now=now)}
    return Outcome(result={**figures, "sentence": "agreements.settled", "params": figures})
