"""Routes of the agencies' room."""

from django.urls import URLPattern, URLResolver

from vendors.accruals.urls import urlpatterns as accruals
from vendors.agencies.urls import urlpatterns as agencies
from vendors.bills.urls import urlpatterns as bills
from vendors.contracts.urls import urlpatterns as contracts
from vendors.meetings.urls import urlpatterns as meetings
from vendors.placement.urls import urlpatterns as placement
from vendors.rectification.urls import urlpatterns as rectification
from vendors.returns.urls import urlpatterns as returns
from vendors.scorecard.urls import urlpatterns as scorecard
from vendors.settlement.urls import urlpatterns as settlement

app_name = "vendors"
urlpatterns: list[URLPattern | URLResolver] = [
    *accruals,
    *agencies,
    *bills,
    *contracts,
    *meetings,
    *placement,
    *rectification,
    *returns,
    *scorecard,
    *settlement,
]
