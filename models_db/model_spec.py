"""One model of the catalogue: every fact about it apart from its dimensions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from models_db.licence import ModelLicence
from models_db.source import DateText, Record, SourcedFact, Text

Use = Literal["chat", "code", "vision", "long"]
"""What people run a model for; ``long``: trained for 128 Ki tokens of context or more."""
Modality = Literal["text", "image", "audio"]
Count = Annotated[int, Field(gt=0)]
RepositoryId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")]


class Provenance(StrEnum):
    """How far a row can be trusted."""

    PUBLISHED = "published"
    """Weights are out; configuration and parameter count agree, or ``unverified`` says what does not."""
    REPORTED = "reported"
    """Named in the press; no such weights are known."""
    USER = "user"
    """Imported from a file of the user's."""


class Score(Record):
    """One published benchmark result."""

    benchmark: Text
    setting: Text
    """Mode and shots as the source states them (``"instruct"``, ``"thinking"``, ``"base 5-shot"`` …)."""
    value: Annotated[float, Field(ge=0, le=100)]
    """Percent."""
    source: Text
    kind: Literal["primary", "secondary"]
    """The maker's own page, or a copy or measurement by somebody else."""
    date: DateText


class Repositories(Record):
    """Known repositories that hold quantized weights, by scheme family."""

    gguf: tuple[RepositoryId, ...] = ()
    awq: tuple[RepositoryId, ...] = ()
    gptq: tuple[RepositoryId, ...] = ()
    fp8: tuple[RepositoryId, ...] = ()
    nvfp4: tuple[RepositoryId, ...] = ()


class EngineVersion(Record):
    """First version of an engine known to run the model."""

    version: Annotated[str, Field(pattern=r"^(b\d+|\d+\.\d+(\.\d+)?)$")]
    source: Text
    date: DateText


class ClaimedParameters(Record):
    """Sizes somebody claims of a reported model; published counts are in :mod:`models_db.checks`."""

    total: Count | None = None
    active: Count | None = None
    """Parameters used per token; None where nothing was claimed."""


class ModelSpec(Record):
    """Everything the catalogue knows of one model apart from its dimensions."""

    id: Text
    """Hugging Face id of the instruction-tuned repository; ``reported/…`` for reported models."""
    name: Text
    """Short name people use."""
    aliases: tuple[Text, ...] = ()
    """Further names that mean this record: base and sister repositories of the same shape, nicknames."""
    family: Text
    provenance: Provenance
    released: DateText | None = None
    modality: tuple[Modality, ...] = ("text",)
    uses: tuple[Use, ...] = ()
    licence: ModelLicence | None = None
    """None for reported models."""
    checkpoint: Text | None = None
    """Quantization scheme of the maker's own repository (``BF16``, ``FP8``, ``MXFP4`` …)."""
    repositories: Repositories = Repositories()
    min_engine_versions: dict[Literal["llama.cpp", "vllm"], EngineVersion] = Field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    n_ctx_train_note: Text | None = None
    """What to know about the native context beyond its number."""
    unverified: Text | None = None
    """Why the row does not fully check; None if it does."""
    claims: tuple[Text, ...] = ()
    """Reported models: what is claimed."""
    evidence: tuple[Text, ...] = ()
    """Reported models: what was found when the claims were checked."""
    nearest: Text | None = None
    """Reported models: id of the published model that comes nearest."""
    claimed_parameters: ClaimedParameters | None = None
    """Reported models: sizes as claimed."""
    sources: tuple[SourcedFact, ...] = ()

    @property
    def organisation(self) -> str:
        """Owner part of the id."""
        return self.id.partition("/")[0]

    def best_score(self, benchmark: str) -> Score | None:
        """Highest result of a benchmark over all settings, base models' left out; None if there is none."""
        found = [s for s in self.scores if s.benchmark == benchmark and not s.setting.startswith("base")]
        return max(found, key=lambda s: s.value, default=None)
