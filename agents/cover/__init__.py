"""Covering an absence: cases lent to somebody for some days, and handed back."""
