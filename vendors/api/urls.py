from django.urls import path

from vendors.api import placements, rectifications, returned

urlpatterns = [
    path("placements/", placements.Placements.as_view(), name="placements"),
    path("payment-claims/", returned.PaymentClaims.as_view(), name="payment_claims"),
    path("promises/bulk/", returned.PromisesBulk.as_view(), name="promises_bulk"),
    path("rectifications/", rectifications.Rectifications.as_view(), name="rectifications"),
    path(
        "rectifications/<int:rectification_id>/answer/",
        rectifications.RectificationAnswers.as_view(),
        name="rectification_answer",
    ),
]
