"""Routes of the agencies' room."""

from django.urls import URLPattern, URLResolver

from vendors.agencies.urls import urlpatterns as agencies
from vendors.contracts.urls import urlpatterns as contracts
from vendors.placement.urls import urlpatterns as placement
from vendors.scorecard.urls import urlpatterns as scorecard
from vendors.settlement.urls import urlpatterns as settlement

app_name = "vendors"
urlpatterns: list[URLPattern | URLResolver] = [*agencies, *contracts, *placement, *scorecard, *settlement]
