"""Routes of the reports."""

from django.urls import URLPattern, URLResolver, path

from reports.views import overview

app_name = "reports"
urlpatterns: list[URLPattern | URLResolver] = [
    path("overview/", overview.overview, name="overview"),
    path("overview/stages.xlsx", overview.stage_export, name="stage_export"),
]
