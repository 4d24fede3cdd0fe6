"""Routes of vendors/returns."""

from django.urls import URLPattern, path

from vendors.returns import claim_views, views

urlpatterns: list[URLPattern] = [
    path("returns/", views.returned_list, name="returned_list"),
    path("returns/upload/", views.returned_upload, name="returned_upload"),
    path("returns/<int:file_id>/", views.returned, name="returned"),
    path("returns/<int:file_id>/apply/", views.returned_apply, name="returned_apply"),
    path("returns/<int:file_id>/discard/", views.returned_discard, name="returned_discard"),
    path("returns/<int:file_id>/refused.xlsx", views.returned_rows_file, name="returned_rows_file"),
    path("claims/", claim_views.claims, name="claims"),
    path("claims/<int:agency_id>/", claim_views.agency_claims, name="agency_claims"),
    path("claims/<int:agency_id>/claims.xlsx", claim_views.agency_claims_file, name="agency_claims_file"),
]
