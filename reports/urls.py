"""Routes of the reports."""

from django.urls import URLPattern, URLResolver, path

from reports.regular import views as regular
from reports.views import dashboards, kpi_definitions, kpi_inputs, rows, why

app_name = "reports"
urlpatterns: list[URLPattern | URLResolver] = [
    path("overview/", dashboards.overview, name="overview"),
    path("overview/rollers/", dashboards.rollers, name="rollers"),
    path("overview/parts/<slug:name>/", dashboards.overview_part, name="overview_part"),
    path("overview/<slug:name>.xlsx", dashboards.overview_table, name="overview_table"),
    path("manager/", dashboards.manager, name="manager"),
    path("manager/<slug:name>.xlsx", dashboards.manager_table, name="manager_table"),
    path("intake/", dashboards.intake, name="intake"),
    path("intake/<slug:name>.xlsx", dashboards.intake_table, name="intake_table"),
    path("mine/", dashboards.mine, name="mine"),
    path("mine/<slug:name>.xlsx", dashboards.mine_table, name="mine_table"),
    path("why/<slug:name>/", why.why, name="why"),
    path("why/<slug:name>/why.xlsx", why.why_table, name="why_table"),
    path("rows/<slug:name>/", rows.rows, name="rows"),
    path("rows/<slug:name>/export/", rows.export, name="rows_export"),
    path("regular/", regular.papers, name="papers"),
    path("regular/fill/", regular.fill, name="papers_fill"),
    path("regular/subscription/", regular.subscription, name="subscription"),
    path("regular/<int:run_id>/", regular.paper, name="paper"),
    path("regular/<int:run_id>/again/", regular.again, name="paper_again"),
    path("regular/<int:run_id>/report.xlsx", regular.paper_file, name="paper_file"),
    path("kpis/", kpi_definitions.kpi_definitions, name="kpi_definitions"),
    path("kpis/<slug:name>/", kpi_definitions.kpi_definition, name="kpi_definition"),
    path("kpis/<slug:name>/define/", kpi_definitions.kpi_define, name="kpi_define"),
    path("kpi-inputs/", kpi_inputs.kpi_inputs, name="kpi_inputs"),
    path("kpi-inputs/add/", kpi_inputs.kpi_input_add, name="kpi_input_add"),
]
