"""Routes of complaints; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.complaints import desk_views, one_views
from compliance.complaints.one_urls import urlpatterns as of_one

urlpatterns: list[URLPattern] = [
    path("complaints/", desk_views.complaints, name="complaints"),
    path("complaints/<int:complaint_id>/", one_views.complaint, name="complaint"),
    *of_one,
]
