"""Routes of vendors/scorecard."""

from django.urls import URLPattern, path

from vendors.scorecard import card_views, drill_views, scheme_views, views

urlpatterns: list[URLPattern] = [
    path("scorecards/", views.scorecards, name="scorecards"),
    path("scorecards/make/", views.scorecards_make, name="scorecards_make"),
    path("scorecards/month.xlsx", views.scorecards_file, name="scorecards_file"),
    path("scorecards/funnel.xlsx", views.scorecards_funnel, name="scorecards_funnel"),
    path("scorecards/schemes/", scheme_views.all_schemes, name="schemes"),
    path("scorecards/schemes/draft/", scheme_views.draft, name="scheme_draft"),
    path("scorecards/schemes/<int:scheme_id>/", scheme_views.edit, name="scheme_edit"),
    path("scorecards/schemes/<int:scheme_id>/submit/", scheme_views.submit, name="scheme_submit"),
    path("scorecards/schemes/<int:scheme_id>/withdraw/", scheme_views.withdraw, name="scheme_withdraw"),
    path("scorecards/schemes/<int:scheme_id>/approve/", scheme_views.approve, name="scheme_approve"),
    path("scorecards/<int:scorecard_id>/", card_views.scorecard, name="scorecard"),
    path("scorecards/<int:scorecard_id>/cases/", drill_views.cases, name="scorecard_cases"),
    path("scorecards/<int:scorecard_id>/complaints/", drill_views.complaints, name="scorecard_complaints"),
    path("scorecards/<int:scorecard_id>/breaches/", drill_views.breaches, name="scorecard_breaches"),
    path("scorecards/<int:scorecard_id>/quality/", drill_views.quality, name="scorecard_quality"),
    path("scorecards/<int:scorecard_id>/late-files/", drill_views.late_files, name="scorecard_late"),
]
