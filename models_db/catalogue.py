"""The catalogue: every model with its facts and, on demand, its dimensions.

Read order: bibliography (``sources.json``), licences, quantization schemes, models, then the tables of
architectures and published counts by the same ids. All faults are collected and raised at once.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from models_db.licence import Licence, ModelLicence
from models_db.model_spec import ModelSpec, Provenance
from models_db.quant_scheme import load_quant_schemes
from models_db.source import Source

if TYPE_CHECKING:
    from models_db.architecture import ArchitectureSpec
    from models_db.checks import PublishedParameters

DATA: Final = Path(__file__).parent / "data"
MODELS: Final = "models.json"
LICENCES: Final = "licences.json"
SOURCES: Final = "sources.json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a data file."""

    file: str
    entry: str
    field: str
    message: str
    """What is wrong and what would be right."""

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.entry, self.field) if part)
        return f"{where}: {self.message}"


class CatalogueError(ValueError):
    """The data files hold faults; ``faults`` lists every one."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        n = len(self.faults)
        head = f"{n} fault{'s' * (n != 1)} in the catalogue"
        super().__init__("\n".join([head, *map(str, self.faults)]))


@dataclass(frozen=True)
class Catalogue:
    """All models in order of their ids, published ones first."""

    models: tuple[ModelSpec, ...]
    sources: Mapping[str, Source]

    def __iter__(self) -> Iterator[ModelSpec]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)

    def __getitem__(self, model_id: str) -> ModelSpec:
        try:
            return self.by_id[model_id]
        except KeyError:
            raise KeyError(f"no model {model_id!r} in the catalogue") from None

    @property
    def by_id(self) -> dict[str, ModelSpec]:
        """Models by Hugging Face id."""
        return {model.id: model for model in self.models}

    @property
    def published(self) -> tuple[ModelSpec, ...]:
        """Models whose weights are out."""
        return tuple(m for m in self.models if m.provenance is Provenance.PUBLISHED)

    def architecture(self, model: ModelSpec) -> ArchitectureSpec | None:
        """Dimensions of a model; a reported model has those of the published one nearest to it.

        None if the architecture table has no entry.
        """
        from models_db.architecture_table import architecture_entry, architecture_ids

        key = model.nearest if model.provenance is Provenance.REPORTED else model.id
        if key is None or key not in architecture_ids():
            return None
        return architecture_entry(key).spec

    def published_parameters(self, model: ModelSpec) -> PublishedParameters | None:
        """Counts the maker published, or None."""
        from models_db.checks import published_parameters

        return published_parameters().get(model.id)

    def unverified(self, model: ModelSpec) -> str | None:
        """Why a row does not fully check; None if it does."""
        counts = self.published_parameters(model)
        return model.unverified or (counts.unverified or None if counts else None)

    def without_architecture(self) -> tuple[str, ...]:
        """Ids of published models that the architecture table lacks."""
        from models_db.architecture_table import architecture_ids

        known = set(architecture_ids())
        return tuple(m.id for m in self.published if m.id not in known)


def load_catalogue(directory: Path | None = None) -> Catalogue:
    """Read and check the catalogue; the shipped one is read once per process.

    Parameters
    ----------
    directory
        Folder with ``models.json``, ``licences.json`` and ``sources.json``; None = the shipped data.

    Raises
    ------
    CatalogueError
        If anything is wrong; it lists all faults with file, entry, field and what would be right.
    """
    return _shipped() if directory is None else _load(directory)


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return _load(DATA)


def _load(directory: Path) -> Catalogue:
    faults: list[Fault] = []
    sources = {
        row.key: row for row in _read(directory, SOURCES, "sources", "key", Source.model_validate, faults)
    }
    licences = {
        row.id: row for row in _read(directory, LICENCES, "licences", "id", Licence.model_validate, faults)
    }

    def model(row: Any) -> ModelSpec:
        return ModelSpec.model_validate_json(
            json.dumps(_resolve(row, sources, licences, faults)), strict=True
        )

    models = tuple(_read(directory, MODELS, "models", "id", model, faults))
    faults += _cross_faults(models)
    if faults:
        raise CatalogueError(faults)
    return Catalogue(models, sources)


def _read(directory: Path, file: str, key: str, entry_key: str, parse: Any, faults: list[Fault]) -> list[Any]:
    """Rows of one file that parse; what does not parse becomes faults."""
    try:
        document = json.loads((directory / file).read_text(encoding="utf-8"))
        rows = document[key]
    except FileNotFoundError:
        faults.append(Fault(file, "", "", f"missing in {directory.name}/"))
        return []
    except json.JSONDecodeError as error:
        faults.append(Fault(file, f"line {error.lineno}", "", f"not valid JSON: {error.msg}"))
        return []
    except (KeyError, TypeError):
        faults.append(Fault(file, "", "", f'must be an object with a list "{key}"'))
        return []
    out = []
    for number, row in enumerate(rows):
        name = row.get(entry_key) if isinstance(row, dict) else None
        entry = name if isinstance(name, str) else f"{key}[{number}]"
        if not isinstance(row, dict):
            faults.append(Fault(file, entry, "", "must be an object"))
            continue
        try:
            out.append(parse(row))
        except ValidationError as error:
            for detail in error.errors():
                field = ".".join(str(part) for part in detail["loc"])
                message = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, not {detail['input']!r:.60}"
                faults.append(Fault(file, entry, field, message))
    return out


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=2, cutoff=0.0)
    return " or ".join(f'"{c}"' for c in close)


def _resolve(
    row: dict[str, Any],
    sources: Mapping[str, Source],
    licences: Mapping[str, Licence],
    faults: list[Fault],
) -> dict[str, Any]:
    """Put text and date in place of the keys of the bibliography, and terms in place of the licence's id."""
    out = dict(row)
    entry = str(row.get("id"))

    def cite(key: Any, field: str) -> Source | None:
        source = sources.get(key) if isinstance(key, str) else None
        if source is None:
            faults.append(
                Fault(MODELS, entry, field, f'unknown source "{key}"; nearest: {_near(str(key), sources)}')
            )
        return source

    def dated(item: Any, field: str, *, kind: bool = False) -> Any:
        if not isinstance(item, dict):
            return item
        source = cite(item.get("source"), f"{field}.source")
        if source is None:
            return {**item, "source": "?", "date": "1970-01-01", **({"kind": "secondary"} if kind else {})}
        text = f"{source.title} ({source.location})"
        return {**item, "source": text, "date": source.date, **({"kind": source.kind} if kind else {})}

    if isinstance(row.get("sources"), list):
        out["sources"] = [dated(x, f"sources.{n}") for n, x in enumerate(row["sources"])]
    if isinstance(row.get("scores"), list):
        out["scores"] = [dated(x, f"scores.{n}", kind=True) for n, x in enumerate(row["scores"])]
    if isinstance(row.get("min_engine_versions"), dict):
        out["min_engine_versions"] = {
            engine: dated(x, f"min_engine_versions.{engine}")
            for engine, x in row["min_engine_versions"].items()
        }
    licence = row.get("licence")
    if isinstance(licence, dict):
        terms = licences.get(str(licence.get("id")))
        source = cite(licence.get("source"), "licence.source")
        if terms is None:
            message = (
                f'unknown licence "{licence.get("id")}"; nearest: {_near(str(licence.get("id")), licences)}'
            )
            faults.append(Fault(MODELS, entry, "licence.id", message))
            out["licence"] = None
        elif source is not None:
            where = f"{source.title} ({source.location})"
            out["licence"] = ModelLicence.of(terms, licence.get("gated"), where, source.date).model_dump()
    return out


def _cross_faults(models: tuple[ModelSpec, ...]) -> list[Fault]:
    """What only shows when rows are compared: duplicates, dangling references, contradictions."""
    from models_db.names import name_key

    faults: list[Fault] = []

    def fault(model: ModelSpec, field: str, message: str) -> None:
        faults.append(Fault(MODELS, model.id, field, message))

    schemes = {s.name for s in load_quant_schemes()}
    by_id = {m.id: m for m in models}
    seen_ids: set[str] = set()
    names: dict[str, str] = {}
    repositories: dict[str, str] = {}
    for m in models:
        if m.id.lower() in seen_ids:
            fault(m, "id", "appears twice; each id must be unique, whatever its case")
        seen_ids.add(m.id.lower())
        for field, name in (("id", m.id), ("name", m.name), *(("aliases", a) for a in m.aliases)):
            other = names.setdefault(name_key(name), m.id)
            if other != m.id:
                fault(m, field, f'"{name}" already means {other}; a name must mean one model')
        for family, listed in m.repositories:
            for repository in listed:
                other = repositories.setdefault(repository.lower(), m.id)
                if other != m.id:
                    fault(m, f"repositories.{family}", f"{repository} is already listed under {other}")
        if m.checkpoint is not None and m.checkpoint not in schemes:
            fault(
                m, "checkpoint", f'unknown scheme "{m.checkpoint}"; nearest: {_near(m.checkpoint, schemes)}'
            )
        if ("vision" in m.uses) != ("image" in m.modality):
            fault(m, "uses", 'must name "vision" exactly when the modality has "image"')
        facts = {s.fact for s in m.sources}
        for field in _facts_needed(m):
            if field not in facts:
                fault(m, "sources", f'no source for "{field}"; every fact needs one')
        if m.provenance is Provenance.REPORTED:
            if not (m.claims and m.evidence and m.nearest):
                fault(m, "claims", "a reported model needs claims, evidence and nearest")
            near = by_id.get(m.nearest or "")
            if m.nearest and (near is None or near.provenance is not Provenance.PUBLISHED):
                fault(
                    m, "nearest", f'"{m.nearest}" is no published model; nearest: {_near(m.nearest, by_id)}'
                )
            if m.licence or m.scores or any(listed for _, listed in m.repositories):
                fault(m, "provenance", "a reported model can have no licence, scores or repositories")
        elif m.licence is None or m.claims or m.nearest:
            fault(m, "provenance", "a published model has a licence, and no claims or nearest model")
    return faults


def _facts_needed(model: ModelSpec) -> Iterator[str]:
    """Facts of a row that its sources must cover (scores, licence and engine versions carry their own)."""
    if model.provenance is Provenance.REPORTED:
        yield from ("claims", "evidence", "nearest")
        return
    yield from ("id", "family", "modality", "uses", "licence")
    if model.licence is not None and model.licence.gated is not None:
        yield "licence.gated"
    for field in ("released", "checkpoint", "n_ctx_train_note"):
        if getattr(model, field) is not None:
            yield field
    if any(listed for _, listed in model.repositories):
        yield "repositories"
