"""Routes of complaints; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.complaints import desk_views, intake_views, join_views, one_views, rate_views
from compliance.complaints.one_urls import urlpatterns as of_one

urlpatterns: list[URLPattern] = [
    path("complaints/", desk_views.complaints, name="complaints"),
    path("complaints/new/", intake_views.new, name="complaint_new"),
    path("complaints/find/", intake_views.find, name="complaint_find"),
    path("cases/<int:case_id>/complaints/new/", intake_views.new_for, name="complaint_new_for"),
    path("complaints/<int:complaint_id>/join/", join_views.complaint_join, name="complaint_join"),
    path("complaints/rates/", rate_views.complaint_rates, name="complaint_rates"),
    path("complaints/rates/export/", rate_views.complaint_rates_export, name="complaint_rates_export"),
    path("complaints/<int:complaint_id>/", one_views.complaint, name="complaint"),
    *of_one,
]
