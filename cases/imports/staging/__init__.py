"""Cleaned rows on their way into the database: encrypted and copied (``staging``), then as temporary tables (``staged``)."""
