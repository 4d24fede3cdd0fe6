from django.urls import path

from vendors.api import placements, returned

urlpatterns = [
    path("payment-claims/", returned.PaymentClaims.as_view(), name="payment_claims"),
    path("promises/bulk/", returned.PromisesBulk.as_view(), name="promises_bulk"),
    path("placements/", placements.Placements.as_view(), name="placements"),
]
