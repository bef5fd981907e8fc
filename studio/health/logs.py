"""The log: a line an event, as JSON where machines read it; tokens never get into it."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

Style = Literal["json", "text"]

OURS = ("studio", "generation", "prompt_engine")
_TOKEN = re.compile(r"hf_[A-Za-z0-9]{8,}")


class _Redacted(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN.sub("hf_***", self.line(record))

    def line(self, record: logging.LogRecord) -> str:
        raise NotImplementedError


class JsonLines(_Redacted):
    """One JSON object a line: `time` in UTC, `level`, `from`, `event`, the event's own fields, `trace`."""

    def line(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class Sentences(_Redacted):
    """The event, then its fields as `name=value`, then the traceback, if there is one."""

    def line(self, record: logging.LogRecord) -> str:
        fields = [f"{name}={value}" for name, value in getattr(record, "fields", {}).items()]
        told = " ".join([record.getMessage(), *fields])
        return f"{told}\n{self.formatException(record.exc_info)}" if record.exc_info else told


def _is_no_message(record: logging.LogRecord) -> bool:
    """Whether a line is none of MCP's library, which repeats what somebody sent and it could not read."""
    return not str(record.msg).startswith("Failed to validate ")


def start_logging(style: Style) -> None:
    """Write what our own code logs to stderr: as JSON from `info` upwards, as sentences from `warning`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else Sentences())
    logging.getLogger().addFilter(_is_no_message)
    for name in OURS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO if style == "json" else logging.WARNING)
