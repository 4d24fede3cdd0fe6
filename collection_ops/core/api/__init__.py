"""What every route of the API (/api/v1/) has in common; the routes themselves live in the apps' `api/` rooms.

May import the kernel only. Words: a *token* is what a program shows instead of a password, a *scope* what it may do, an
*organisation* whose cases it sees (core/models/api_token.py). The rules of the house, the same at every route:

- `ApiView` (views.py): token first, then the limit of requests, then the scope that access_matrix.json names for the route.
- Errors have one shape, whoever finds them (errors.py): {"errors": [{"code", "message", "field"}]}.
- A POST has one effect however often it is sent (idempotency.py), and is refused without its key.
- Lists are read by cursor (paging.py). Moments carry their zone, amounts are strings with two decimals (fields.py).
"""
