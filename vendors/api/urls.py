from django.urls import path

from vendors.api import rectifications

urlpatterns = [
    path("rectifications/", rectifications.Rectifications.as_view(), name="rectifications"),
    path(
        "rectifications/<int:rectification_id>/answer/",
        rectifications.RectificationAnswers.as_view(),
        name="rectification_answer",
    ),
]
