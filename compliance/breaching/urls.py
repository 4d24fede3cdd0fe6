"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.breaching import list_views, one_views, own_views

urlpatterns: list[URLPattern] = [
    path("breaches/", list_views.breaches, name="breaches"),
    path("breaches/new/", list_views.report, name="breach_new"),
    path("breaches/mine/", own_views.mine, name="my_breaches"),
    path("breaches/mine/<int:breach_id>/", own_views.my_breach, name="my_breach"),
    path("breaches/<int:breach_id>/", one_views.breach, name="breach"),
    path("breaches/<int:breach_id>/take/", one_views.take, name="breach_take"),
    path("breaches/<int:breach_id>/note/", one_views.note, name="breach_note"),
    path("breaches/<int:breach_id>/weigh/", one_views.weigh, name="breach_weigh"),
    path("breaches/<int:breach_id>/remedy/", one_views.remedy, name="breach_remedy"),
    path("breaches/<int:breach_id>/review/", one_views.review, name="breach_review"),
]
