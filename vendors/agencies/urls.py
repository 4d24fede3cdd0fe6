"""Routes of vendors/agencies."""

from django.urls import URLPattern, path

from vendors.agencies import list_views, one_views

urlpatterns: list[URLPattern] = [
    path("public/", list_views.public_agencies, name="public_agencies"),
    path("agencies/", list_views.agencies, name="agencies"),
    path("agencies/new/", list_views.agency_new, name="agency_new"),
    path("agencies/<int:agency_id>/", one_views.agency, name="agency"),
    path("agencies/<int:agency_id>/edit/", one_views.edit, name="agency_edit"),
    path("agencies/<int:agency_id>/listing/", one_views.listing, name="agency_listing"),
    path("agencies/<int:agency_id>/documents/", one_views.document, name="agency_document"),
    path("agencies/documents/<int:document_id>/file/", one_views.document_file, name="agency_file"),
    path("agencies/<int:agency_id>/people/", one_views.person, name="agency_person"),
    path("agencies/<int:agency_id>/people/certificate/", one_views.certificate, name="agency_certificate"),
    path("agencies/<int:agency_id>/people/left/", one_views.left, name="agency_person_left"),
    path("agencies/<int:agency_id>/checks/", one_views.check, name="agency_check"),
    path("agencies/<int:agency_id>/evaluations/", one_views.evaluation, name="agency_evaluation"),
    path("agencies/<int:agency_id>/activate/", one_views.activate, name="agency_activate"),
    path("agencies/<int:agency_id>/stop/", one_views.stop, name="agency_stop"),
    path("agencies/<int:agency_id>/resume/", one_views.resume, name="agency_resume"),
    path("agencies/<int:agency_id>/exit/", one_views.exit_begin, name="agency_exit"),
    path("agencies/<int:agency_id>/exit/accounts/", one_views.exit_accounts, name="agency_exit_accounts"),
    path("agencies/<int:agency_id>/exit/data/", one_views.exit_data, name="agency_exit_data"),
    path("agencies/<int:agency_id>/exit/deletion/", one_views.exit_deletion, name="agency_exit_deletion"),
    path("agencies/<int:agency_id>/exit/finish/", one_views.exit_finish, name="agency_exit_finish"),
]
