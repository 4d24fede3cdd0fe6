"""Routes of the reports."""

from django.urls import URLPattern, URLResolver, path

from reports.regular import views as regular
from reports.views import overview

app_name = "reports"
urlpatterns: list[URLPattern | URLResolver] = [
    path("overview/", overview.overview, name="overview"),
    path("overview/stages.xlsx", overview.stage_export, name="stage_export"),
    path("regular/", regular.papers, name="papers"),
    path("regular/fill/", regular.fill, name="papers_fill"),
    path("regular/subscription/", regular.subscription, name="subscription"),
    path("regular/<int:run_id>/", regular.paper, name="paper"),
    path("regular/<int:run_id>/again/", regular.again, name="paper_again"),
    path("regular/<int:run_id>/report.xlsx", regular.paper_file, name="paper_file"),
]
