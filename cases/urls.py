"""Routes of the book: list, record, search, export, absences. The import pages have a file of their own."""

from django.urls import URLPattern, URLResolver, include, path

from cases.views import absences, cases, exports, plan_propose, plans, record, repayments, reveal, saved_views, search

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
    path("plans/", plans.plans, name="plans"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/decide/", plans.decide, name="plan_decide"),
    path("plans/<int:plan_id>/proof/", plans.proof, name="plan_proof"),
    path("plans/<int:plan_id>/withdraw/", plans.withdraw, name="plan_withdraw"),
    path("plans/<int:plan_id>/end/", plans.end, name="plan_end"),
    path("plans/<int:plan_id>/agreement/", plans.agreement, name="plan_agreement"),
    path("cases/", cases.case_list, name="list"),
    path("cases/totals/", cases.list_totals, name="list_totals"),
    path("cases/columns/", saved_views.columns, name="columns"),
    path("cases/views/", saved_views.view_list, name="views"),
    path("cases/views/save/", saved_views.save, name="view_save"),
    path("cases/views/<int:view_id>/change/", saved_views.change, name="view_change"),
    path("cases/export/", exports.export, name="export"),
    path("cases/export/<int:job_id>/", exports.download, name="export_file"),
    path("cases/<int:case_id>/", record.record, name="record"),
    path("cases/<int:case_id>/plans/new/", plan_propose.new, name="plan_new"),
    path("cases/<int:case_id>/plans/preview/", plan_propose.preview, name="plan_preview"),
    path("cases/<int:case_id>/plans/propose/", plan_propose.propose, name="plan_propose"),
    path("cases/<int:case_id>/timeline/", record.timeline_part, name="timeline"),
    path("cases/<int:case_id>/positions/", record.positions_part, name="positions"),
    path("cases/<int:case_id>/positions/<int:run_id>/", record.provenance, name="provenance"),
    path("cases/<int:case_id>/reveal/id/", reveal.id_number, name="reveal_id"),
    path("cases/<int:case_id>/reveal/<int:contact_id>/", reveal.contact, name="reveal"),
]
