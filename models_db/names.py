"""Which model do people mean by a name, a file name or a repository?

Names are compared as words: ``Qwen3-30B-A3B`` is *qwen, 3, 30b, a3b*, whatever separates the words. Endings
that only tell training stages apart (``-Instruct``, ``-it``, ``-chat``, ``-Base`` …) and the maker's name in
front may be left out. A name that could mean several models is an error that lists them, never a guess.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from models_db.model_spec import ModelSpec, Provenance
from models_db.quant_scheme import (
    QuantScheme,
    UnknownQuantError,
    nearest_quants,
    quant_index,
    quant_key,
)

if TYPE_CHECKING:
    from models_db.catalogue import Catalogue

Words = tuple[str, ...]

STAGES: Final = frozenset(
    {"instruct", "inst", "it", "chat", "hf", "base", "pt", "pretrain", "pretrained", "sft", "model", "latest"}
)
"""Words that tell training stages of one architecture apart; without weight when names are compared."""
MAKERS: Final = frozenset(
    {
        "meta",
        "nvidia",
        "google",
        "mistral",
        "mistralai",
        "microsoft",
        "openai",
        "qwen",
        "alibaba",
        "c4ai",
        "cohere",
        "cohereforai",
        "coherelabs",
        "ai21",
        "ai21labs",
        "tencent",
        "deepseek",
        "ibm",
        "allenai",
        "moonshotai",
        "zai",
        "thudm",
        "xai",
        "lg",
        "tiiuae",
        "baidu",
        "liquidai",
        "bytedance",
    }
)
"""Makers' names that may stand before a model's name."""
UPLOADERS: Final = frozenset({"gguf", "imat", "imatrix", "i1", "qat", "unquantized", "quantized", "hf"})
"""Words that repositories of quantized weights add to a model's name."""

_WORD: Final = re.compile(
    r"a?\d+(?:\.\d+)?[bmkt](?![a-z])|\d+x\d+(?:\.\d+)?b|[vr]\d+(?:\.\d+)*(?![a-z])|\d+(?:\.\d+)*|[a-z]+|\+"
)
_SIZE: Final = re.compile(r"^(?:\d+x)?\d+(?:\.\d+)?[bmt]$")
_ACTIVE: Final = re.compile(r"^a\d+(?:\.\d+)?[bm]$")
_DATE: Final = re.compile(r"^\d{4}$")

_END: Final = r"(?=$|[\s._:/,)\]-])"
_START: Final = r"(?:^|(?<=[\s._:/(\[-]))"
_QUANTS: Final[tuple[tuple[re.Pattern[str], str | None], ...]] = tuple(
    (re.compile(_START + pattern + _END, re.IGNORECASE), name)
    for pattern, name in (
        # llama.cpp file types, unsloth's and others' variants: the text itself names the scheme
        (r"(?:ud[-_])?i?q[1-8][-_](?:k[-_](?:xxl|xl|[sml])|k|xxs|xs|nl|[01sm])", None),
        (r"(?:ud[-_])?tq[12][-_]0", None),
        (r"mxfp4[-_]moe", "MXFP4_MOE"),
        (r"(?:nvfp4a16|nvfp4|fp4)(?:[-_](?:v\d|fast|gb10|w4a4))?", "NVFP4"),
        (r"mxfp4", "MXFP4"),
        (r"fp8(?:[-_](?:dynamic|block|kv|static|e4m3|tensor|per[-_]?tensor))*", "FP8"),
        (r"awq(?:[-_](?:bf16[-_])?(?:int4|4bit|w4a16|g\d+|gemm|marlin|asym|sym))*", "AWQ"),
        (r"gptq[-_](?:int8|8bit|8b|w8a16)(?:[-_](?:\d+g|g\d+))*", "GPTQ-Int8"),
        (r"gptq(?:[-_](?:int4|4bit|4b|w4a16))?(?:[-_](?:\d+g|g\d+))*", "GPTQ-Int4"),
        (r"(?:quantized[.\-_])?w8a8(?:[-_]int8)?", "W8A8"),
        (r"(?:quantized[.\-_])?w4a16(?:[-_](?:g\d+|\d+g|ct))*", "W4A16"),
        (r"(?:quantized[.\-_])?w8a16", "W8A16"),
        (r"int8", "W8A8"),
        (r"int4", "W4A16"),
        (r"bf16", "BF16"),
        (r"fp16|f16", "F16"),
        (r"fp32|f32", "F32"),
    )
)
_UNSUPPORTED: Final = re.compile(
    _START + r"(?:(?:bnb[-_]?)?[2-8][-_]?bits?|q[1-8]|exl[23]|mlx|hqq|aqlm|bnb)" + _END, re.IGNORECASE
)
_REPOSITORY: Final = re.compile(r"^[\w.-]+/[\w.+-]+$")
_GGUF_FILE: Final = re.compile(r"\.gguf$", re.IGNORECASE)
_GGUF_REPOSITORY: Final = re.compile(r"[-_.]gguf$", re.IGNORECASE)
_SPLIT: Final = re.compile(r"[-_.]\d{5}-of-\d{5}$")
_WEIGHTED: Final = re.compile(r"[-_.]i1(?=[-_.:]|$)", re.IGNORECASE)


class ModelNameError(ValueError):
    """A name that does not mean exactly one model; ``nearest`` lists the names closest to it."""

    code = "unknown_model"

    def __init__(self, text: str, nearest: tuple[str, ...], message: str) -> None:
        self.text = text
        self.nearest = nearest
        super().__init__(message)


class UnknownModelError(ModelNameError):
    """No model goes by that name."""

    def __init__(self, text: str, nearest: tuple[str, ...]) -> None:
        hint = f"nearest: {', '.join(nearest)}" if nearest else "give a model's name"
        super().__init__(text, nearest, f'unknown model "{text}"; {hint}')


class AmbiguousModelError(ModelNameError):
    """Several models go by that name."""

    code = "ambiguous_model"

    def __init__(self, text: str, nearest: tuple[str, ...]) -> None:
        super().__init__(text, nearest, f'"{text}" can mean several models: {", ".join(nearest)}')


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """What a name means."""

    model: ModelSpec
    quant: str | None
    """Quantization scheme named with it (file name, tag or repository); None if none is named."""
    matched: str
    """The name of the record that matched."""


def words_of(text: str) -> Words:
    """Words of a name: ``Llama-3.1-8B-Instruct`` → ``("llama", "3.1", "8b", "instruct")``."""
    flat = text.lower()
    flat = re.sub(r"(?<=\d)_(?=\d(?!\d))", ".", flat)  # Llama-3_3, internlm2_5
    flat = re.sub(r"(?<=\d)-(?=\d(?!\d|[bmkt]|\.))(?=\d-)", ".", flat)  # llama-3-1-8b
    return tuple(_WORD.findall(flat))


def bare_name(text: str) -> str:
    """Return a repository's name without its owner; other text as it is."""
    return text.partition("/")[2] if _REPOSITORY.match(text) else text


def name_key(text: str) -> str:
    """Return the form in which names are looked up: words without separators."""
    return "".join(words_of(bare_name(text)))


def _significant(words: Words) -> Words:
    kept = tuple(w for w in words if w not in STAGES)
    while len(kept) > 1 and kept[0] in MAKERS:
        # "mistral 7b" is a model's own name: keep a maker that is directly followed by a number
        if re.match(r"^[\dv]", kept[1]):
            break
        kept = kept[1:]
    return kept or words


def split_quant(text: str) -> tuple[str, QuantScheme | None]:
    """Split what names a quantization off a file name, tag or repository.

    Returns
    -------
    tuple of str and QuantScheme or None
        The rest of the name, and the scheme; None if none is named.
    """
    rest = _SPLIT.sub("", _GGUF_FILE.sub("", text.strip()))
    rest = _WEIGHTED.sub("", rest)  # the mark some uploaders give to files made with an importance matrix
    is_file = rest != text.strip() or "gguf" in text.lower()
    best: tuple[tuple[int, int], re.Match[str], QuantScheme] | None = None
    for pattern, name in _QUANTS:
        for match in pattern.finditer(rest):
            chosen = "FP16" if name == "F16" and not is_file else name
            scheme = quant_index().get(quant_key(chosen or match[0]))
            rank = (match.end(), match.end() - match.start())  # the last one, and of those the longest
            if scheme is not None and (best is None or rank > best[0]):
                best = (rank, match, scheme)
    if best is None:
        return rest.strip(" -_.:"), None
    _, match, scheme = best
    rest = rest[: match.start()] + " " + rest[match.end() :]
    return rest.strip(" -_.:"), scheme


class NameIndex:
    """Finds the models of a catalogue by name."""

    def __init__(self, models: Iterable[ModelSpec]) -> None:
        self.models = tuple(models)
        self.keys: dict[str, list[tuple[ModelSpec, str]]] = defaultdict(list)
        """Every name as it stands, without separators."""
        self.short_keys: dict[str, list[tuple[ModelSpec, str]]] = defaultdict(list)
        """Every name without maker and training stage."""
        self.words: list[tuple[ModelSpec, str, Words]] = []
        self.repositories: dict[str, tuple[ModelSpec, str]] = {}
        for model in self.models:
            for name in (model.id, model.name, *model.aliases):
                words = words_of(bare_name(name))
                self.keys["".join(words)].append((model, name))
                short = _significant(words)
                self.short_keys["".join(short)].append((model, name))
                self.words.append((model, name, short))
            for family, listed in model.repositories:
                for repository in listed:
                    self.repositories[repository.lower()] = (model, family)

    # ---- one name

    def resolve(self, text: str) -> ResolvedName:
        """Find the one model (and quantization) that ``text`` means.

        Raises
        ------
        UnknownModelError, AmbiguousModelError
            If there is none, or more than one.
        UnknownQuantError
            If the model is clear but the quantization named with it is not.
        """
        asked = text.strip()
        asked = re.sub(r"^(?:https?://)?(?:huggingface\.co|hf\.co)/", "", asked, flags=re.IGNORECASE)
        asked = re.sub(r"/(?:resolve|blob|tree)/[^/]+(?:/|$)", "/", asked).rstrip("/")
        if not words_of(asked):
            raise UnknownModelError(text, ())
        body, _, tag = asked.partition(":")
        tagged = quant_index().get(quant_key(tag)) if tag else None
        if tagged is None:
            body = asked
        listed = self.repositories.get(body.lower())
        if listed is not None:
            model, family = listed
            named = tagged if family == "gguf" else split_quant(body)[1]
            return ResolvedName(model, named.name if named else None, body)
        if _GGUF_FILE.search(body) or body.count("/") > 1 or body.startswith(("/", "./", "~", "\\")):
            body = re.split(r"[/\\]", body)[-1]
        whole = self._exact(_GGUF_REPOSITORY.sub("", body))
        if whole is not None:
            return ResolvedName(whole[0], tagged.name if tagged else None, whole[1])
        rest, scheme = (body, tagged) if tagged else split_quant(body)
        if scheme is None:
            self._refuse_unsupported(rest)
        model, matched = self._find(text, rest)
        return ResolvedName(model, scheme.name if scheme else None, matched)

    def _refuse_unsupported(self, rest: str) -> None:
        """Name a quantization that no engine here loads, if what stands before it is a model."""
        for match in _UNSUPPORTED.finditer(rest):
            try:
                self._find(rest, rest[: match.start()].strip(" -_.:"))
            except ModelNameError:
                continue
            raise UnknownQuantError(match[0], nearest_quants(match[0]))

    def _exact(self, text: str) -> tuple[ModelSpec, str] | None:
        """Match word for word; "gemma 31b" is not *Gemma 3 1B* here."""
        words = words_of(bare_name(text))
        found = self.keys.get("".join(words), [])
        return self._only((m, n) for m, n in found if words_of(bare_name(n)) == words)

    @staticmethod
    def _only(found: Iterable[tuple[ModelSpec, str]]) -> tuple[ModelSpec, str] | None:
        """The one model among the hits, a published one before a reported one; None if none or several."""
        hits = list(found)
        for provenance in (Provenance.USER, Provenance.PUBLISHED, Provenance.REPORTED):
            distinct = {m.id: (m, n) for m, n in hits if m.provenance is provenance}
            if distinct:
                return next(iter(distinct.values())) if len(distinct) == 1 else None
        return None

    def _find(self, text: str, rest: str) -> tuple[ModelSpec, str]:
        name = bare_name(rest)
        words = tuple(w for w in words_of(name) if w not in UPLOADERS)
        for candidate in (words, self._without_owner(words)):
            hit = self._only(self.keys.get("".join(candidate), []))
            if hit is None:
                hit = self._short_hit(candidate)
            if hit is not None:
                loose = self._inside(candidate) if self._is_glued(candidate, hit[1]) else []
                others = {m.id for m, _ in loose} - {hit[0].id}
                if others:
                    raise AmbiguousModelError(text, self._names([hit, *loose]))
                return hit
        found = self._inside(_significant(words))
        if len({m.id for m, _ in found}) == 1:
            return found[0]
        if found:
            raise AmbiguousModelError(text, self._names(found))
        raise UnknownModelError(text, self.nearest(rest or text))

    def _short_hit(self, words: Words) -> tuple[ModelSpec, str] | None:
        """Match without maker and stage; of base and chat records of one name the chat record."""
        found = self.short_keys.get("".join(_significant(words)), [])
        hit = self._only(found)
        if hit is None and found:
            chat = [(m, n) for m, n in found if "chat" in m.uses]
            hit = self._only(chat)
        return hit

    @staticmethod
    def _without_owner(words: Words) -> Words:
        return words[1:] if len(words) > 2 and words[0] in MAKERS else words

    @staticmethod
    def _is_glued(words: Words, name: str) -> bool:
        """True if the name has other word boundaries than the text ("gemma 31b" for *Gemma 3 1B*)."""
        theirs = set(words_of(name))
        return any(w not in theirs for w in words if re.search(r"\d", w))

    def _inside(self, words: Words) -> list[tuple[ModelSpec, str]]:
        """Models whose names contain all the words in that order, the closest ones only."""
        best: dict[str, tuple[tuple[int, int, int], ModelSpec, str, Words]] = {}
        for model, name, theirs in self.words:
            left = _left_over(words, theirs)
            if left is None:
                continue
            n_words = sum(1 for w in left if w.isalpha())
            cost = (n_words, sum(1 for w in left if _DATE.match(w)), len(left))
            old = best.get(model.id)
            if old is None or cost < old[0]:
                best[model.id] = (cost, model, name, left)
        if not best:
            return []
        published = [b for b in best.values() if b[1].provenance is not Provenance.REPORTED]
        hits = published or list(best.values())
        if any(b[0][0] == 0 for b in hits):  # a name with no further word beats longer names
            hits = [b for b in hits if b[0][0] == 0]
        further = {tuple(w for w in b[3] if w.isalpha() or _SIZE.match(w)) for b in hits}
        if len(further) == 1:  # same words and size: a date or an active size is no other model
            least = min(b[0] for b in hits)
            hits = [b for b in hits if b[0] == least]
        return [(b[1], b[2]) for b in hits]

    # ---- near misses

    @staticmethod
    def _names(found: Iterable[tuple[ModelSpec, str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(m.name for m, _ in found))[:8]

    @cached_property
    def _near_keys(self) -> list[tuple[str, ModelSpec]]:
        return [("".join(words), model) for model, _, words in self.words]

    def nearest(self, text: str, n: int = 4) -> tuple[str, ...]:
        """Names of the ``n`` models that look most like ``text``."""
        words = _significant(tuple(w for w in words_of(text) if w not in UPLOADERS)) or (text.lower(),)
        key = "".join(words)
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(key)
        best: dict[str, float] = {}
        floor = 0.0
        for their_key, model in self._near_keys:
            matcher.set_seq1(their_key)
            if matcher.real_quick_ratio() <= floor or matcher.quick_ratio() <= floor:
                continue
            score = matcher.ratio() - (0.01 if model.provenance is Provenance.REPORTED else 0.0)
            if score > best.get(model.name, 0.0):
                best[model.name] = score
                if len(best) >= n:
                    floor = sorted(best.values(), reverse=True)[n - 1]
        return tuple(sorted(best, key=lambda name: -best[name])[:n])

    def search(self, text: str) -> tuple[ModelSpec, ...]:
        """All models whose id, names or family have every word of ``text``, in catalogue order.

        If no model has them all as whole words, words that begin with them count too ("qwen3 3", "gem").
        """
        asked = words_of(text)
        for begins in (False, True):
            out = [m for m in self.models if _has_words(asked, self._bags[m.id], begins=begins)]
            if out:
                return tuple(out)
        try:
            return (self.resolve(text).model,)
        except (ModelNameError, UnknownQuantError):
            return ()

    @cached_property
    def _bags(self) -> dict[str, frozenset[str]]:
        return {
            m.id: frozenset(w for name in (m.id, m.name, m.family, *m.aliases) for w in words_of(name))
            for m in self.models
        }


def _has_words(asked: Words, bag: frozenset[str], *, begins: bool) -> bool:
    if begins:
        return all(any(theirs.startswith(word) for theirs in bag) for word in asked)
    return all(word in bag for word in asked)


def _left_over(words: Words, theirs: Words) -> Words | None:
    """Words of ``theirs`` that are not in ``words``, if all of ``words`` are in it in order; else None."""
    left = []
    i = 0
    for word in theirs:
        if i < len(words) and words[i] == word:
            i += 1
        else:
            left.append(word)
    return tuple(left) if words and i == len(words) else None


@lru_cache(maxsize=1)
def _shipped_index() -> NameIndex:
    from models_db.catalogue import load_catalogue

    return NameIndex(load_catalogue().models)


def name_index(catalogue: Catalogue | None = None) -> NameIndex:
    """Index of a catalogue's names; None = the shipped catalogue's, built once."""
    return _shipped_index() if catalogue is None else NameIndex(catalogue.models)


def resolve_model(text: str, catalogue: Catalogue | None = None) -> ResolvedName:
    """Find the model (and quantization) people mean by ``text``.

    Parameters
    ----------
    text
        A name, a Hugging Face id, a repository of quantized weights (with or without ``:Q4_K_M``) or the path
        of a GGUF file.

    Raises
    ------
    UnknownModelError
        No model goes by that name; its message lists the nearest names.
    AmbiguousModelError
        Several do; its message lists them.
    """
    return name_index(catalogue).resolve(text)
