"""Moving cases by hand: one or many, within limits; rotation of idle cases; requests for assistance (协催)."""
