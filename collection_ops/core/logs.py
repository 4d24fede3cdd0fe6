"""Log lines as JSON, with the request they belong to and without personal data.

The filter is a fence, not a licence: code logs ids, never names, numbers or cell values.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from collection_ops.core.request_context import current_request_id

# Mainland mobile numbers and 15/18-digit ID numbers, wherever they slipped in.
PERSONAL = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx]|\d{15})(?!\d)")
OWN_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "request_id"}


class RedactFilter(logging.Filter):
    """Replaces phone and ID numbers in messages and arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if PERSONAL.search(text):
            record.msg = PERSONAL.sub("***", text)
            record.args = ()
        record.request_id = current_request_id()
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, request id, and the `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := getattr(record, "request_id", ""):
            line["request"] = request_id
        for name, value in record.__dict__.items():
            if name not in OWN_FIELDS and isinstance(value, str | int | float | bool | type(None)):
                line[name] = value
        if record.exc_info:
            # The traceback without the exception's text: database errors quote the offending values.
            import traceback

            kind, error, trace = record.exc_info
            line["error"] = kind.__name__ if kind else ""
            if error is not None and error.__cause__ is not None:
                line["cause"] = type(error.__cause__).__name__  # DiskFull or QueryCanceled, not only OperationalError
            line["trace"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)][-12:]
        return json.dumps(line, ensure_ascii=False)
