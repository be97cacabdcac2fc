"""Facts a report cites beside the plans: licences, the EU AI Act, and how old the data are."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import models_db
from planner.plan import Plan
from planner.words import say, say_fact

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

LEGAL_FILE = Path(__file__).with_name("eu_ai_act.json")
_DAY = re.compile(r'"(?:date|read|fitted_on)"\s*:\s*"(\d{4}-\d{2}-\d{2})"')
GPAI_SINCE = "2025-08-02"
"""Day from which the duties for general-purpose models apply (Article 113 of the Act)."""
COMMERCIAL_WORDS = {
    "yes": say("allowed"),
    "conditions": say("allowed with conditions"),
    "no": say("not allowed"),
    "unknown": say("unknown"),
}


@dataclass(frozen=True, slots=True)
class LegalFact:
    """One sourced statement about the law."""

    key: str
    provision: str
    text: str
    source: str
    date: str


@cache
def legal_facts() -> tuple[LegalFact, ...]:
    """What the report says about the EU AI Act, each with source and date read."""
    rows = json.loads(LEGAL_FILE.read_text(encoding="utf-8"))["facts"]
    said = ("provision", "text")
    return tuple(LegalFact(**{k: say_fact(v) if k in said else v for k, v in row.items()}) for row in rows)


@dataclass(frozen=True, slots=True)
class DataDates:
    """The newest date in each set of data."""

    catalogue: str
    accelerators: str
    speed: str
    overhead: str
    law: str


@cache
def data_dates() -> DataDates:
    """How old the data are: newest date stated in each file."""
    models, planner = Path(models_db.__file__).parent / "data", Path(__file__).parent.parent / "data"

    def newest(*files: Path) -> str:
        days = [day for file in files for day in _DAY.findall(file.read_text(encoding="utf-8"))]
        return max(days, default=say("unknown"))

    return DataDates(
        catalogue=newest(models / "models.json", models / "sources.json", models / "licences.json"),
        accelerators=newest(models / "accelerators.json"),
        speed=newest(planner / "calibration.json"),
        overhead=newest(planner / "runtime_overhead.json"),
        law=newest(LEGAL_FILE),
    )


def version() -> str:
    """Version of this program."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("hardware-fit-planner")
    except PackageNotFoundError:
        return _source_version() or say("unknown version")


def _source_version() -> str:
    """Version in the project file, where the program runs from its source tree; else empty."""
    import tomllib

    try:
        with open(Path(__file__).parents[2] / "pyproject.toml", "rb") as handle:
            project = tomllib.load(handle)["project"]
    except (OSError, ValueError, KeyError):
        return ""
    return str(project["version"]) if project.get("name") == "hardware-fit-planner" else ""


def model_of(plan: Plan) -> ModelSpec | None:
    """The catalogue's record of a plan's model; None for imported models."""
    from models_db.catalogue import load_catalogue

    return load_catalogue().by_id.get(plan.model_id)


@dataclass(frozen=True, slots=True)
class LicenceFacts:
    """What a model's licence allows and asks, in words."""

    model_id: str
    model_name: str
    id: str
    name: str
    osi_approved: bool | None
    commercial_use: str
    obligations: tuple[str, ...]
    gated: bool | None
    eu_note: str | None
    eu_ai_act: tuple[str, ...]
    source: str
    date: str
    model_source: str
    model_date: str

    @property
    def osi_words(self) -> str:
        """Whether the OSI approved it."""
        words = {True: say("OSI-approved"), False: say("not OSI-approved"), None: say("unknown")}
        return words[self.osi_approved]

    @property
    def gated_words(self) -> str:
        """Whether downloading needs an account."""
        return {
            True: say("yes: the download asks for an account and consent"),
            False: say("no: the download asks for nothing"),
            None: say("unknown"),
        }[self.gated]

    def to_json(self) -> dict[str, Any]:
        """Plain data for reports."""
        return {
            "model": self.model_id,
            "id": self.id,
            "name": self.name,
            "osi_approved": self.osi_approved,
            "commercial_use": self.commercial_use,
            "obligations": list(self.obligations),
            "gated": self.gated,
            "eu_note": self.eu_note,
            "eu_ai_act": list(self.eu_ai_act),
            "source": self.source,
            "date": self.date,
            "model_source": self.model_source,
            "model_date": self.model_date,
        }


def licence_facts(plan: Plan) -> LicenceFacts:
    """Licence of a plan's model as far as the catalogue knows it."""
    model = model_of(plan)
    licence = None if model is None else model.licence
    if model is None or licence is None:
        why = say("reported model: no licence was published") if model else say("not in the catalogue")
        unknown, none = say("unknown"), say("none")
        return LicenceFacts(
            plan.model_id, plan.model_name, "unknown", say("unknown ({why})", why=why), None, unknown, (), None, None,
            (say("unknown: the licence is not known"),), none, unknown, none, unknown,
        )  # fmt: skip
    use = COMMERCIAL_WORDS[licence.commercial_use]
    if licence.conditions:
        use = say("{allowed}: {conditions}", allowed=use, conditions=say_fact(licence.conditions))
    return LicenceFacts(
        plan.model_id,
        plan.model_name,
        licence.id,
        licence.name,
        licence.osi_approved,
        use,
        tuple(say_fact(o) for o in licence.obligations),
        licence.gated,
        None if licence.eu_note is None else say_fact(licence.eu_note),
        _eu_status(model),
        licence.source,
        licence.date,
        licence.model_source,
        licence.model_date,
    )


def _eu_status(model: ModelSpec) -> tuple[str, ...]:
    """What the facts of the catalogue say under the Act; what they do not say is called unknown."""
    assert model.licence is not None
    lines = []
    if model.licence.osi_approved:
        lines.append(
            say(
                "The licence is OSI-approved, so the exemption of Article 53(2) can apply to the provider; "
                "the duties of Article 53(1)(c) and (d) remain."
            )
        )
    elif model.licence.commercial_use == "unknown":
        lines.append(say("The licence text was not read: whether Article 53(2) can apply is unknown."))
    else:
        lines.append(
            say(
                "The licence is not OSI-approved; if its limits keep it from being free and open source, "
                "the exemption of Article 53(2) does not apply to the provider."
            )
        )
    lines.append(
        say("Training compute is not in the catalogue: whether systemic risk is presumed is unknown.")
    )
    released = model.released
    if released is None:
        lines.append(say("The release date is unknown."))
    elif len(released) == 7 and released == GPAI_SINCE[:7]:
        lines.append(
            say(
                "Released in {released}; the day, before or after {day}, is not in the catalogue.",
                released=released,
                day=GPAI_SINCE,
            )
        )
    elif released < GPAI_SINCE:
        lines.append(
            say(
                "Released {released}, before {day}: if it was placed on the EU market then, "
                "its provider has until 2027-08-02 to comply.",
                released=released,
                day=GPAI_SINCE,
            )
        )
    else:
        lines.append(
            say(
                "Released {released}: the duties apply to its provider from the day it is placed on the EU market.",
                released=released,
            )
        )
    return tuple(lines)
