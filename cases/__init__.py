"""Debtors, loans, cases, money and the daily import."""
