"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.suggestions import manage_views, views

urlpatterns: list[URLPattern] = [
    path("suggestions/", views.suggestions, name="suggestions"),
    path("suggestions/new/", views.new, name="suggestion_new"),
    path("suggestions/month/", manage_views.month, name="suggestions_month"),
    path("suggestions/owners/", manage_views.owners, name="suggestion_owners"),
    path("suggestions/<int:suggestion_id>/", views.suggestion, name="suggestion"),
    path("suggestions/<int:suggestion_id>/answer/", views.answer, name="suggestion_answer"),
    path("suggestions/<int:suggestion_id>/duplicate/", views.duplicate, name="suggestion_duplicate"),
    path("suggestions/<int:suggestion_id>/assign/", views.assign, name="suggestion_assign"),
    path("suggestions/<int:suggestion_id>/verdict/", views.verdict, name="suggestion_verdict"),
    path("suggestions/<int:suggestion_id>/support/", views.support, name="suggestion_support"),
]
