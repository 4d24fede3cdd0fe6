"""How long records are kept, what may go, and what people ask about their own data (CN-R-01, PI-03, PI-05)."""
