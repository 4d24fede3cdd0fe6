"""The kernel's own jobs: verify the audit trail, check the invariants."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.invariants import check_all
from collection_ops.core.services import audit_seal
from collection_ops.core.services.jobs import JobRun, Outcome, job_handler
from collection_ops.core.services.notifications import notify


@job_handler("core.verify_audit")
def verify_audit(run: JobRun) -> Outcome:
    run.progress(0, 1, _("正在校验审计链"))
    verdict = audit_seal.verify(now=clock.now())
    result = verdict.as_dict()
    if verdict.is_whole:
        figures = {"rows": verdict.rows, "seals": verdict.seals, "unsealed": verdict.unsealed}
        return Outcome(result={**result, "sentence": "audit.whole", "params": figures})
    params = {"first": verdict.problems[0].sentence}
    url = reverse("core:audit")
    notify(users=users_with("audit.verify"), kind="audit.broken", params=params, url=url, level="danger")
    return Outcome(result={**result, "sentence": "audit.broken", "params": params}, url=url)


@job_handler("core.check_invariants")
def check_invariants(run: JobRun) -> Outcome:
    results = check_all(now=clock.now(), progress=run.progress)
    broken = [r for r in results if r["count"]]
    figures = {"checked": len(results), "broken": len(broken), "codes": ", ".join(r["code"] for r in broken)}
    kind = "invariants.broken" if broken else "invariants.held"
    if broken:
        url = reverse("core:health_page")
        notify(users=users_with("health.view"), kind=kind, params=figures, url=url, level="danger")
    return Outcome(result={"results": results, "sentence": kind, "params": figures}, url=reverse("core:health_page"))
