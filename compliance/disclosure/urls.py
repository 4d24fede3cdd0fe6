"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.disclosure import views

urlpatterns: list[URLPattern] = [
    path("disclosure/", views.disclosure, name="disclosure"),
    path("disclosure/sign/", views.sign, name="disclosure_sign"),
    path("disclosure/people/<int:user_id>/", views.person, name="disclosure_person"),
    path("disclosure/alerts/<int:alert_id>/", views.alert, name="disclosure_alert"),
]
