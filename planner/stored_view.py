"""The list as it was last shown, on disk: what the window draws first, before numpy and the catalogue are read.

The file is a cache: it says for which program and question its figures were made, and is only used for those. Reading it
needs neither numpy nor the catalogue. Figures are those of the recommended quantization of the models listed. Records here
are plain objects, because making dataclasses is a good part of the time a window may take to open.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from planner.list_filter import ListOrder
from planner.shown_device import ShownDevice

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.machine import Machine

FORMAT = 1
FILE = "last-list.json"
ROOT = Path(__file__).resolve().parent
PACKAGES = (str(ROOT), str(ROOT.parent / "models_db"))
SOURCES = (".py", ".json", ".npz")
FACTS = ("names", "licences", "provenance", "eu", "openable", "n_ctx_train")
SIZES = ("total_parameters", "active_parameters")
FIGURES = ("fit", "decode_p10", "decode_p50", "decode_p90", "first_token", "file", "shortfall", "needed")
_serials = count(-2, -1)


class Values(tuple[Any, ...]):
    """Numbers in a row, or rows of them, that turn into lists as arrays do."""

    __slots__ = ()

    def tolist(self) -> list[Any]:
        """As nested lists."""
        return [v.tolist() if isinstance(v, Values) else v for v in self]


class ByModel:
    """A value of each listed model, looked up by its row, or by row and recommended quantization, as in an array."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[int, Any]) -> None:
        self._values = values

    def __getitem__(self, at: int | tuple[int, int]) -> Any:
        return self._values[at[0] if isinstance(at, tuple) else at]


class Bars(ByModel):
    """Bars of each listed model: lists of lists that turn into new ones as arrays do."""

    __slots__ = ()

    def __getitem__(self, at: int | tuple[int, int]) -> Values:
        return Values(Values(row) for row in super().__getitem__(at))


class StoredFacts:
    """Facts of the listed models, as :class:`planner.model_facts.Facts` names them."""

    ids: tuple[str, ...]
    """Every model, listed or not."""
    quants: tuple[str, ...]
    losses: tuple[float, ...]
    row_of: dict[str, int]
    names: ByModel
    licences: ByModel
    provenance: ByModel
    eu: ByModel
    openable: ByModel
    n_ctx_train: ByModel
    total_parameters: ByModel
    active_parameters: ByModel
    trained_in: ByModel

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class StoredView:
    """What the list draws, as :class:`planner.catalogue_view.CatalogueView` names it."""

    facts: StoredFacts
    devices: tuple[ShownDevice, ...]
    n_ctx: int
    use: str
    min_decode_tps: float
    best: ByModel
    bars: ByModel
    reasons: ByModel
    fit: ByModel
    decode_p10: ByModel
    decode_p50: ByModel
    decode_p90: ByModel
    first_token: ByModel
    file: ByModel
    shortfall: ByModel
    needed: ByModel
    complete = False
    engine = "llama.cpp"
    waiting = None
    general = False
    """Made for any machine with so much RAM, not for the one that was detected."""

    def __init__(self, machine: dict[str, Any], **values: Any) -> None:
        self.serial = next(_serials)
        self._machine = machine
        self.__dict__.update(values)

    @cached_property
    def machine(self) -> Machine:
        """The machine the figures were made for."""
        return machine_from_fields(self._machine)


class StoredList:
    """A list as it was shown."""

    __slots__ = ("order", "place", "view")

    def __init__(self, view: StoredView, order: ListOrder, place: Any) -> None:
        self.view, self.order = view, order
        self.place = place
        """What the window wrote about where the list was."""


def program_stamp() -> str:
    """Changes whenever code or data of the program do: names, sizes and times of its files, without reading them."""
    total = crc32(f"{FORMAT} {sys.executable}".encode())
    folders = list(PACKAGES)
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                name = entry.name
                if name.endswith(SOURCES):
                    found = entry.stat()
                    total = crc32(f"{name} {found.st_size} {found.st_mtime_ns}".encode(), total)
                elif not name.startswith(("__", ".")) and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return f"{total:08x}"


def write_stored_list(
    path: Path, view: CatalogueView, order: ListOrder, question: Mapping[str, Any], place: Any = None
) -> None:
    """Store a list, whole or not at all.

    Parameters
    ----------
    path : Path
    view : CatalogueView
    order : ListOrder
        Rows listed.
    question : mapping
        What the next start must ask for the list to be shown; JSON can hold it.
    place : object
        Given back as it is; JSON can hold it.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    text = json.dumps(stored_document(view, order, question, place), separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(f"{crc32(text.encode()):08x}\n{text}", encoding="utf-8")
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def stored_document(
    view: CatalogueView, order: ListOrder, question: Mapping[str, Any], place: Any = None
) -> dict[str, Any]:
    """The list as JSON can hold it."""
    from dataclasses import asdict

    facts, rows = view.facts, order.rows
    best = view.best[rows]
    figures = {name: getattr(view, name)[rows, best].tolist() for name in FIGURES}
    columns = {name: [_bare(getattr(facts, name)[row]) for row in rows] for name in (*FACTS, *SIZES)}
    return {
        "stamp": program_stamp(),
        "question": dict(question),
        "place": place,
        "machine": asdict(view.machine),
        "devices": [list(d) for d in view.devices],
        "n_ctx": view.n_ctx,
        "use": view.use,
        "min_decode_tps": view.min_decode_tps,
        "ids": list(facts.ids),
        "quants": list(facts.quants),
        "losses": facts.losses.tolist(),
        "rows": rows.tolist(),
        "best": best.tolist(),
        "bars": view.bars[rows, best].tolist(),
        "trained_in": facts.trained_in[rows, best].tolist(),
        "reasons": [str(view.reasons[row]) for row in rows],
        **figures,
        **columns,
        "order": {
            "n_fitting": order.n_fitting,
            "hidden": order.hidden,
            "class_counts": list(order.class_counts),
            "licence_counts": order.licence_counts,
            "axis_max": order.axis_max,
        },
    }


def _bare(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def read_stored_list(path: Path, question: Mapping[str, Any]) -> StoredList | None:
    """Read the list stored for a question by this very program; None if there is none or it cannot be used."""
    try:
        checksum, _, text = path.read_bytes().partition(b"\n")
        if checksum.decode("ascii") != f"{crc32(text):08x}":
            return None
        data = json.loads(text)
        if data["question"] != dict(question) or data["stamp"] != program_stamp():
            return None
        return stored_list_from(data)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def stored_list_from(data: dict[str, Any]) -> StoredList:
    """A list from what :func:`stored_document` gave.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something is missing or wrong.
    """
    rows = data["rows"]

    def by_model(name: str) -> ByModel:
        return ByModel(dict(zip(rows, data[name], strict=True)))

    ids = tuple(data["ids"])
    facts = StoredFacts(
        ids=ids,
        quants=tuple(data["quants"]),
        losses=tuple(data["losses"]),
        trained_in=by_model("trained_in"),
        row_of={ids[row]: row for row in rows},
        **{name: by_model(name) for name in (*FACTS, *SIZES)},
    )
    view = StoredView(
        data["machine"],
        facts=facts,
        devices=tuple(ShownDevice(*d) for d in data["devices"]),
        n_ctx=int(data["n_ctx"]),
        use=str(data["use"]),
        min_decode_tps=float(data["min_decode_tps"]),
        best=by_model("best"),
        bars=Bars(dict(zip(rows, data["bars"], strict=True))),
        reasons=by_model("reasons"),
        **{name: by_model(name) for name in FIGURES},
    )
    kept = data["order"]
    order = ListOrder(
        Values(rows),  # type: ignore[arg-type]
        int(kept["n_fitting"]),
        dict(kept["hidden"]),
        tuple(kept["class_counts"]),
        dict(kept["licence_counts"]),
        float(kept["axis_max"]),
    )
    if not order.axis_max > 0:
        raise ValueError("no speed axis")
    return StoredList(view, order, data["place"])


def machine_from_fields(data: dict[str, Any]) -> Machine:
    """A machine from the values of its fields, as :func:`dataclasses.asdict` gives them and JSON keeps them."""
    from planner.hardware.machine_name import with_said_name
    from planner.machine import Device, Engine, HostMemory, Machine, Processor

    values = dict(data)
    values["gpus"] = tuple(Device(**gpu) for gpu in data["gpus"])
    values["cpu"] = Processor(**{**data["cpu"], "features": tuple(data["cpu"]["features"])})
    values["ram"] = HostMemory(**data["ram"])
    values["engines"] = tuple(Engine(**engine) for engine in data["engines"])
    values["notes"] = tuple(data["notes"])
    return with_said_name(Machine(**values))
