"""Routes of quality checks; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.quality import batch_views, check_views, list_views, settings_views

urlpatterns: list[URLPattern] = [
    path("quality/", list_views.quality, name="quality"),
    path("quality/next/", list_views.next_check, name="quality_next"),
    path("quality/results/", list_views.results, name="quality_results"),
    path("quality/batches/", batch_views.batches, name="quality_batches"),
    path("quality/batches/draw/", batch_views.draw, name="quality_draw"),
    path("quality/batches/<int:batch_id>/", batch_views.batch, name="quality_batch"),
    path("quality/batches/<int:batch_id>/decide/", batch_views.decide, name="quality_batch_decide"),
    path("quality/form/", settings_views.score_form, name="quality_form"),
    path("quality/plan/", settings_views.plan, name="quality_plan"),
    path("quality/<int:check_id>/", check_views.check, name="quality_check"),
    path("quality/<int:check_id>/take/", check_views.take, name="quality_take"),
    path("quality/<int:check_id>/give-back/", check_views.give_back, name="quality_give_back"),
    path("quality/<int:check_id>/score/", check_views.score, name="quality_score"),
    path("quality/<int:check_id>/settle/", check_views.settle, name="quality_settle"),
    path("quality/<int:check_id>/acknowledge/", check_views.acknowledge, name="quality_acknowledge"),
    path("quality/<int:check_id>/appeal/", check_views.appeal, name="quality_appeal"),
]
