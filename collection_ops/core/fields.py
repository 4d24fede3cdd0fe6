"""A text column that is encrypted at rest and plain in Python."""

from typing import Any

from django.db import models

from collection_ops.core.crypto import decrypt, encrypt


class EncryptedTextField(models.TextField):
    """Stores `core.crypto` tokens. Cannot be filtered: put a blind index column beside it for exact search.

    Bulk code that writes by COPY calls `encrypt` itself and reads this column as what it is, text.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("isnull", "exact"):
            raise TypeError(f"{self.name} is encrypted; search its blind index instead")
        return super().get_lookup(lookup_name)
