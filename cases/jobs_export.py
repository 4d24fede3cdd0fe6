"""Registers the export's job handler; imported when the app is ready."""

from cases.services.export import write_export

__all__ = ["write_export"]
