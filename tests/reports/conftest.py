"""The source and the importer of the book's own tests."""

from tests.cases.imports.conftest import import_day, other_source, source

__all__ = ["import_day", "other_source", "source"]
