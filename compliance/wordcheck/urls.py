"""Routes of the wording check; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.wordcheck import views

urlpatterns: list[URLPattern] = [
    path("wording/", views.hits, name="wording_hits"),
    path("wording/<int:hit_id>/judge/", views.judge, name="wording_judge"),
    path("wording/<int:hit_id>/take-back/", views.take_back, name="wording_take_back"),
    path("wording/lists/", views.lists, name="wording_lists"),
    path("wording/harmless/<int:harmless_id>/end/", views.end, name="wording_harmless_end"),
]
