"""Routes: targets."""

from django.urls import path

from agents.targets import person_views, views

app_name = "targets"
urlpatterns = [
    path("", views.tree, name="tree"),
    path("propose/", views.propose, name="propose"),
    path("agree/", views.agree, name="agree"),
    path("mine/", person_views.mine, name="mine"),
    path("person/<int:user_id>/", person_views.person, name="person"),
]
