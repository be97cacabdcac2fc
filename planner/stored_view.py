"""The list as it was last shown, on disk: what the window draws first, before numpy and the catalogue are read.

The file is a cache: it says for which program, machine and question its figures were made, and is only used for those.
Reading it needs neither numpy nor the catalogue. Figures are those of the recommended quantization of the models listed.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from planner.list_filter import ListOrder
from planner.machine import Device, Engine, HostMemory, Machine, Processor
from planner.shown_device import ShownDevice

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.wishes import Wishes

FORMAT = 1
FILE = "last-list.json"
ROOT = Path(__file__).resolve().parent
PACKAGES = (ROOT, ROOT.parent / "models_db")
SOURCES = (".py", ".json", ".npz")
FACTS = ("names", "licences", "provenance", "eu", "openable", "n_ctx_train")
SIZES = ("total_parameters", "active_parameters")
FIGURES = ("fit", "decode_p10", "decode_p50", "decode_p90", "first_token", "file", "shortfall", "needed")
Value = TypeVar("Value")


class Values(tuple[Any, ...]):
    """Numbers in a row, or rows of them, that turn into lists as arrays do."""

    __slots__ = ()

    def tolist(self) -> list[Any]:
        """As nested lists."""
        return [v.tolist() if isinstance(v, Values) else v for v in self]


class ByModel(Generic[Value]):
    """A value of each listed model, looked up by its row, or by row and recommended quantization, as in an array."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[int, Value]) -> None:
        self._values = values

    def __getitem__(self, at: int | tuple[int, int]) -> Value:
        return self._values[at[0] if isinstance(at, tuple) else at]


@dataclass(frozen=True)
class StoredFacts:
    """Facts of the listed models, as :class:`planner.model_facts.Facts` names them."""

    ids: tuple[str, ...]
    """Every model, listed or not."""
    quants: tuple[str, ...]
    losses: tuple[float, ...]
    names: ByModel[str]
    licences: ByModel[str]
    provenance: ByModel[str]
    eu: ByModel[bool]
    openable: ByModel[bool]
    n_ctx_train: ByModel[int]
    total_parameters: ByModel[float]
    active_parameters: ByModel[float]
    trained_in: ByModel[bool]
    row_of: dict[str, int]


@dataclass(frozen=True)
class StoredView:
    """What the list draws, as :class:`planner.catalogue_view.CatalogueView` names it."""

    facts: StoredFacts
    machine: Machine
    wishes: Wishes
    devices: tuple[ShownDevice, ...]
    fit: ByModel[int]
    bars: ByModel[Values]
    decode_p10: ByModel[float]
    decode_p50: ByModel[float]
    decode_p90: ByModel[float]
    first_token: ByModel[float]
    file: ByModel[float]
    shortfall: ByModel[float]
    needed: ByModel[float]
    best: ByModel[int]
    reasons: ByModel[str]
    serial: int = field(init=False, default_factory=count(-2, -1).__next__)
    complete: ClassVar[bool] = False

    @property
    def n_ctx(self) -> int:
        """Tokens each user gets."""
        return self.wishes.n_ctx


@dataclass(frozen=True)
class StoredList:
    """A list as it was shown."""

    view: StoredView
    order: ListOrder


def program_stamp() -> str:
    """Changes whenever code or data of the program do: names, sizes and times of its files, without reading them."""
    total = zlib.crc32(f"{FORMAT} {sys.executable}".encode())
    folders = list(PACKAGES)
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(("__", ".")):
                        folders.append(Path(entry.path))
                elif entry.name.endswith(SOURCES):
                    found = entry.stat()
                    total = zlib.crc32(f"{entry.name} {found.st_size} {found.st_mtime_ns}".encode(), total)
    return f"{total:08x}"


def write_stored_list(path: Path, view: CatalogueView, order: ListOrder, sort: str, descending: bool) -> None:
    """Store a list, whole or not at all.

    Parameters
    ----------
    path : Path
    view : CatalogueView
    order : ListOrder
        Rows listed.
    sort : str
        What they are sorted by.
    descending : bool

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    text = json.dumps(stored_document(view, order, sort, descending), separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(f"{zlib.crc32(text.encode()):08x}\n{text}", encoding="utf-8")
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def stored_document(view: CatalogueView, order: ListOrder, sort: str, descending: bool) -> dict[str, Any]:
    """The list as JSON can hold it."""
    facts = view.facts
    rows = order.rows
    best = view.best[rows]
    figures = {name: getattr(view, name)[rows, best].tolist() for name in FIGURES}
    columns = {name: [_bare(getattr(facts, name)[row]) for row in rows] for name in (*FACTS, *SIZES)}
    return {
        "stamp": program_stamp(),
        "question": _question(view.wishes, sort, descending),
        "machine": asdict(view.machine),
        "devices": [asdict(d) for d in view.devices],
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


def _question(wishes: Wishes, sort: str, descending: bool) -> str:
    """What was asked, as one text; 5 and 5.0 are the same."""
    return json.dumps([_alike(asdict(wishes)), sort, descending], sort_keys=True)


def _alike(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _alike(v) for key, v in value.items()}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read_stored_list(
    path: Path, wishes: Wishes, sort: str = "recommended", descending: bool = False
) -> StoredList | None:
    """Read the list stored for a question by this very program; None if there is none or it cannot be used."""
    try:
        checksum, _, text = path.read_text(encoding="utf-8").partition("\n")
        if checksum != f"{zlib.crc32(text.encode()):08x}":
            return None
        data = json.loads(text)
        if data["stamp"] != program_stamp() or data["question"] != _question(wishes, sort, descending):
            return None
        return _stored_list(data, wishes)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _stored_list(data: dict[str, Any], wishes: Wishes) -> StoredList:
    rows = data["rows"]

    def by_model(name: str) -> ByModel[Any]:
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
        facts=facts,
        machine=machine_from_fields(data["machine"]),
        wishes=wishes,
        devices=tuple(ShownDevice(**d) for d in data["devices"]),
        best=by_model("best"),
        bars=ByModel(dict(zip(rows, map(_nested, data["bars"]), strict=True))),
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
    if not math.isfinite(order.axis_max) or order.axis_max <= 0:
        raise ValueError("no speed axis")
    return StoredList(view, order)


def _nested(rows: Sequence[Sequence[float]]) -> Values:
    return Values(Values(row) for row in rows)


def machine_from_fields(data: dict[str, Any]) -> Machine:
    """A machine from the values of its fields, as :func:`dataclasses.asdict` gives them and JSON keeps them."""
    values = dict(data)
    values["gpus"] = tuple(Device(**gpu) for gpu in data["gpus"])
    values["cpu"] = Processor(**{**data["cpu"], "features": tuple(data["cpu"]["features"])})
    values["ram"] = HostMemory(**data["ram"])
    values["engines"] = tuple(Engine(**engine) for engine in data["engines"])
    values["notes"] = tuple(data["notes"])
    return Machine(**values)
