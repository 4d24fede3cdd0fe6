"""Routes of complaints; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.complaints import desk_views, one_views, rate_views

urlpatterns: list[URLPattern] = [
    path("complaints/", desk_views.complaints, name="complaints"),
    path("complaints/rates/", rate_views.complaint_rates, name="complaint_rates"),
    path("complaints/rates/export/", rate_views.complaint_rates_export, name="complaint_rates_export"),
    path("complaints/<int:complaint_id>/", one_views.complaint, name="complaint"),
]
