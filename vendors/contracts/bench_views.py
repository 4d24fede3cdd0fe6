"""The test bench of a version (试算): samples in, fees out, beside the version in force."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from vendors.contracts.bench import CannotTry, labels
from vendors.contracts.bench_runs import save_run, try_out
from vendors.contracts.drafting import OPEN, ContractRefused
from vendors.contracts.reading import ROWS, digest_of, terms_of
from vendors.contracts.samples import (
    BLANK_ROWS,
    COLUMNS,
    SamplesRefused,
    TypedSample,
    blank_sample,
    event_texts,
    read_trial,
    read_upload,
    rearranged,
    stage_choices,
    typed_of,
    typed_samples,
)
from vendors.contracts.terms import EVENT_LABELS, Event, Rounding
from vendors.contracts.words import rounding_said
from vendors.models import BenchRun, ContractVersion

RUNS_SHOWN = 10


@requires("contracts.view")
@require_http_methods(["GET", "POST"])
@once
def bench(request: SignedInRequest, version_id: int) -> HttpResponse:
    """`?run=` shows a kept trial. A POST computes and keeps nothing: whoever may read may try."""
    version = _version(version_id)
    if request.method == "POST":
        return _tried(request, version, keep=False)
    runs = BenchRun.objects.filter(version=version).order_by("-pk")
    asked = request.GET.get("run", "")
    run = runs.filter(pk=int(asked)).first() if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None
    known = run or runs.first()
    told = known.input if known else {}
    return _page(
        request, version,
        typed_of(told) or [blank_sample() for _n in range(BLANK_ROWS)],
        score=str(told.get("score", "100")),
        events={code: str(count) for code, count in told.get("events", {}).items()},
        run=run,
        output=run.output if run else None,
    )  # fmt: skip


@requires("contracts.edit")
@require_POST
@once
def bench_save(request: SignedInRequest, version_id: int) -> HttpResponse:
    """Computes the same and keeps it."""
    return _tried(request, _version(version_id), keep=True)


def _version(version_id: int) -> ContractVersion:
    found = ContractVersion.objects.select_related("contract__agency").prefetch_related(*ROWS)
    return get_object_or_404(found, pk=version_id)


def _tried(request: SignedInRequest, version: ContractVersion, *, keep: bool) -> HttpResponse:
    samples, act = typed_samples(request.POST), request.POST.get("act", "try")
    told: dict[str, Any] = {
        "score": request.POST.get("score", "").replace("\x00", ""), "events": event_texts(request.POST),
    }  # fmt: skip
    if act not in ("try", "upload"):
        return _page(request, version, rearranged(samples, act), **told)
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        try:
            samples = read_upload(upload)
        except SamplesRefused as refused:
            return _page(request, version, samples, **told, reasons=refused.reasons, status=400)
    trial, wrong = read_trial(samples, score=told["score"], events=told["events"])
    if trial is None:
        return _page(request, version, samples, **told, wrong=wrong, status=400)
    try:
        if keep:
            run = save_run(version=version, trial=trial, actor=request.user, now=clock.database_now())
            messages.success(request, _("试算已保存"))
            return redirect(f"{reverse('vendors:bench', args=[version.pk])}?run={run.pk}")
        if not trial.samples:
            raise ContractRefused(_("请至少填写一笔样例"))
        output = try_out(version, trial)
    except (ContractRefused, CannotTry) as refused:
        return _page(request, version, samples, **told, reasons=refused.reasons, status=409)
    return _page(request, version, samples, **told, output=output)


def _page(
    request: SignedInRequest,
    version: ContractVersion,
    samples: list[TypedSample],
    *,
    score: str,
    events: dict[str, str],
    wrong: dict[str, str] | None = None,
    reasons: list[str] | None = None,
    run: BenchRun | None = None,
    output: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    wrong, digest = wrong or {}, digest_of(terms_of(version))
    runs = BenchRun.objects.filter(version=version).select_related("by").order_by("-pk")[:RUNS_SHOWN]
    context = {
        "version": version,
        "contract": version.contract,
        "samples": [_sample(n, row, wrong) for n, row in enumerate(samples, 1)],
        "score": score,
        "wrong": wrong,
        "events": [
            {
                "code": str(event), "label": EVENT_LABELS[event], "text": events.get(str(event), ""),
                "wrong": wrong.get(f"count-{event}", ""),
            }
            for event in Event
        ],
        "reasons": reasons or [],
        "count_wrong": len(wrong),
        "run": run,
        "runs": [(one, one.digest == digest) for one in runs],
        "may_save": has(request.user, "contracts.edit") and version.state in OPEN,
        "tables": _tables(output) if output else [],
        "compared": _compared(output) if output else [],
        "in_force_label": output["in_force_label"] if output else "",
    }  # fmt: skip
    return render(request, "vendors/contracts/bench.html", context, status=status)


def _sample(n: int, row: TypedSample, wrong: dict[str, str]) -> dict[str, Any]:
    stages = dict(stage_choices())
    return {
        "n": n,
        "row": {**row, "stage": stages.get(row["stage"], row["stage"])},
        "wrong": {name: wrong.get(f"sample-{n}-{name}", "") for name in COLUMNS},
    }


def _tables(output: dict[str, Any]) -> list[dict[str, Any]]:
    """Draft, then the version in force: each with its lines."""
    words, found = labels(), []
    for title, fees in ((_("本版本"), output["draft"]), (output["in_force_label"], output["in_force"])):
        if fees:
            lines = [
                {
                    **line, "label": words[line["event"] or line["kind"]],
                    "rounded": rounding_said(Rounding(line["rounding"])) if line["rounding"] else "",
                }
                for line in fees["lines"]
            ]  # fmt: skip
            found.append({"title": title, "fees": fees, "lines": lines})
    return found


def _compared(output: dict[str, Any]) -> list[dict[str, Any]]:
    words = labels()
    return [{**row, "label": words[row["event"] or row["kind"]]} for row in output["compared"]]
