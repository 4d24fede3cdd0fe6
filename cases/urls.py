"""Routes of the book: list, record, search, export, absences. The import pages have a file of their own."""

from django.urls import URLPattern, URLResolver, include, path

from cases.views import (
    absences,
    cases,
    exports,
    promises,
    record,
    repayments,
    reveal,
    saved_views,
    search,
    waivers,
)

app_name = "cases"
urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/", include("cases.urls_imports")),
    path("search/", search.search, name="search"),
    path("absences/", absences.absence_list, name="absences"),
    path("absences/explain/", absences.explain, name="absences_explain"),
    path("absences/<int:absence_id>/take-back/", absences.take_back, name="absence_take_back"),
    path("repayments/waiting/", repayments.waiting, name="waiting_money"),
    path("repayments/<int:repayment_id>/", repayments.payment, name="waiting_payment"),
    path("repayments/<int:repayment_id>/match/", repayments.match, name="waiting_match"),
    path("repayments/<int:repayment_id>/release/", repayments.release, name="waiting_release"),
    path("cases/", cases.case_list, name="list"),
    path("cases/totals/", cases.list_totals, name="list_totals"),
    path("cases/columns/", saved_views.columns, name="columns"),
    path("cases/views/", saved_views.view_list, name="views"),
    path("cases/views/save/", saved_views.save, name="view_save"),
    path("cases/views/<int:view_id>/change/", saved_views.change, name="view_change"),
    path("cases/export/", exports.export, name="export"),
    path("cases/export/<int:job_id>/", exports.download, name="export_file"),
    path("cases/<int:case_id>/", record.record, name="record"),
    path("cases/<int:case_id>/timeline/", record.timeline_part, name="timeline"),
    path("cases/<int:case_id>/positions/", record.positions_part, name="positions"),
    path("cases/<int:case_id>/positions/<int:run_id>/", record.provenance, name="provenance"),
    path("cases/<int:case_id>/promises/make/", promises.make, name="promise_make"),
    path("promises/<int:promise_id>/cancel/", promises.cancel, name="promise_cancel"),
    path("cases/<int:case_id>/waivers/apply/", waivers.apply, name="waiver_apply"),
    path("waivers/", waivers.waiver_list, name="waivers"),
    path("waivers/<int:waiver_id>/", waivers.waiver, name="waiver"),
    path("waivers/<int:waiver_id>/decide/", waivers.decide, name="waiver_decide"),
    path("waivers/<int:waiver_id>/withdraw/", waivers.withdraw, name="waiver_withdraw"),
    path("waivers/<int:waiver_id>/use/", waivers.use, name="waiver_use"),
    path("cases/<int:case_id>/reveal/id/", reveal.id_number, name="reveal_id"),
    path("cases/<int:case_id>/reveal/<int:contact_id>/", reveal.contact, name="reveal"),
]
