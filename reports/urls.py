"""Routes of the reports."""

from django.urls import URLPattern, URLResolver, path

from reports.views import kpi_definitions, kpi_inputs, overview

app_name = "reports"
urlpatterns: list[URLPattern | URLResolver] = [
    path("overview/", overview.overview, name="overview"),
    path("overview/stages.xlsx", overview.stage_export, name="stage_export"),
    path("kpis/", kpi_definitions.kpi_definitions, name="kpi_definitions"),
    path("kpis/<slug:name>/", kpi_definitions.kpi_definition, name="kpi_definition"),
    path("kpis/<slug:name>/define/", kpi_definitions.kpi_define, name="kpi_define"),
    path("kpi-inputs/", kpi_inputs.kpi_inputs, name="kpi_inputs"),
    path("kpi-inputs/add/", kpi_inputs.kpi_input_add, name="kpi_input_add"),
]
