"""Routes of vendors/rectification."""

from django.urls import URLPattern, path

from vendors.rectification import act_views, views

ONE = "rectifications/<int:rectification_id>/"
urlpatterns: list[URLPattern] = [
    path("rectifications/", views.rectifications, name="rectifications"),
    path("rectifications/new/", views.rectification_new, name="rectification_new"),
    path(ONE, views.rectification, name="rectification"),
    path(f"{ONE}answer/", act_views.rectification_answer, name="rectification_answer"),
    path(f"{ONE}evidence/", act_views.rectification_evidence, name="rectification_evidence"),
    path("rectifications/files/<int:file_id>/", act_views.rectification_file, name="rectification_file"),
    path(f"{ONE}judge/", act_views.rectification_judge, name="rectification_judge"),
    path(f"{ONE}extend/", act_views.rectification_extend, name="rectification_extend"),
    path(f"{ONE}extension/", act_views.rectification_extension, name="rectification_extension"),
    path(f"{ONE}termination/", act_views.termination_propose, name="termination_propose"),
    path("terminations/<int:termination_id>/", views.termination, name="termination"),
    path("terminations/<int:termination_id>/approve/", act_views.termination_approve, name="termination_approve"),
    path("terminations/<int:termination_id>/reject/", act_views.termination_reject, name="termination_reject"),
]
