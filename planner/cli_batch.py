"""Answer a batch: one request a line, one answer a line."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

from planner.answer import answer
from planner.cli import json_text
from planner.cli_options import this_machine
from planner.library import Library, load_library
from planner.request import RequestFault, read_question
from planner.units import ValueFault

BATCH_LIMIT_BYTES = 4_000_000
"""Longest line of a batch that is read. [bytes]"""


def answer_batch(path: str) -> int:
    """Answer the requests of a file, or of standard input where it is ``-``.

    Raises
    ------
    ValueFault
        If the file cannot be read.
    """
    library = load_library()
    try:
        source: Any = (
            getattr(sys.stdin, "buffer", sys.stdin) if path == "-" else Path(path).open("rb")  # noqa: SIM115
        )
    except OSError as fault:
        raise ValueFault(f"cannot read {path}: {fault.strerror}") from None
    out = sys.stdout
    with source:
        for line in source:
            if not line.strip():
                continue
            out.write(_answer_line(library, line) + "\n")
            out.flush()
    return 0


def _answer_line(library: Library, line: str | bytes) -> str:
    """One line of a batch answered, as JSON text: a result, or what was wrong with the line."""
    request_id = None

    def failed(code: str, message: str) -> str:
        error = {"id": request_id, "error": {"code": code, "message": " ".join(message.split())}}
        return json_text(error)

    try:
        if len(line) > BATCH_LIMIT_BYTES:
            raise RequestFault("bad_request", "the line is longer than 4 MB")
        try:
            text = line.decode("utf-8-sig") if isinstance(line, bytes) else line
            data = json.loads(text)
            if isinstance(data, dict):
                request_id = _plain(data.get("id"))
            json.loads(text, parse_constant=_no_json_number, parse_float=_finite)
        except (ValueError, RecursionError) as fault:
            raise RequestFault("bad_json", f"not a JSON object: {fault}") from None
        return json_text(answer(library, read_question(data), this_machine).to_json(request_id))
    except RequestFault as fault:
        return failed(fault.code, str(fault))
    except Exception as fault:  # one bad line must not stop the batch; the fault is named, not hidden
        return failed("internal", f"{type(fault).__name__}: {fault}")


def _plain(request_id: Any) -> Any:
    """The id of a request as it can be written back; None if it holds a number JSON has no word for."""
    try:
        json.dumps(request_id, allow_nan=False)
    except ValueError:
        return None
    return request_id


def _no_json_number(word: str) -> float:
    raise ValueError(f"{word} is not a number in JSON; null means unknown")


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(f"{word} is too large for a number")
    return value
