"""What a command says about its model: file, repository, quantization, and the name hidden in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUANT = re.compile(
    r"(?<![A-Za-z0-9])((?:UD-|i1-)?(?:IQ[1-4]_(?:XXS|XS|NL|S|M)|Q[2-8]_K_(?:XXL|XL|XS|S|M|L)|Q[2-8]_K"
    r"|Q[4-8]_[01]|TQ[12]_0|MXFP4_MOE|MXFP4|NVFP4|BF16|F16|F32|FP16|FP8))(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"-\d{5}-of-\d{5}\Z")


@dataclass(frozen=True, slots=True)
class ModelHint:
    """How a command names its model; fields it does not state are None."""

    path: str | None = None
    repo: str | None = None
    file: str | None = None
    url: str | None = None
    quant: str | None = None
    """As people write it (``Q4_K_M``), from the file name or after the colon of the repository."""
    token: str = ""
    """The token it was read from."""

    @property
    def name(self) -> str | None:
        """Words to look the model up by: repository id, or file name without quantization; None if
        unnamed."""
        if self.repo:
            return re.sub(r"[-_.]gguf\Z", "", self.repo, flags=re.IGNORECASE)
        source = self.path or self.url or self.file
        if not source:
            return None
        cached = re.search(r"models--([^/\\]+?)--([^/\\]+)[/\\]", source)
        if cached:
            return re.sub(r"[-_.]gguf\Z", "", f"{cached.group(1)}/{cached.group(2)}", flags=re.IGNORECASE)
        return name_of_file(source) or None


def base_name(path: str) -> str:
    """File name of a path of any system, without ``.gguf`` and the number of a split set."""
    name = re.split(r"[/\\]", path.split("?", 1)[0].rstrip("/\\"))[-1]
    name = re.sub(r"\.gguf\Z", "", name, flags=re.IGNORECASE)
    return _SPLIT.sub("", name)


def quant_of_file(path: str) -> str | None:
    """Quantization a file name mentions, or None.

    Examples
    --------
    >>> quant_of_file("models/llama-4-scout-Q4_K_M-00001-of-00002.gguf")
    'Q4_K_M'
    """
    found = _QUANT.findall(base_name(path))
    if not found:
        return None
    text = str(found[-1]).upper()
    return re.sub(r"\AI1-", "", text.replace("FP16", "F16"))


def name_of_file(path: str) -> str:
    """File name without quantization and trailing marks.

    Examples
    --------
    >>> name_of_file("D:\\\\m\\\\Qwen3-30B-A3B-UD-Q4_K_XL.gguf")
    'Qwen3-30B-A3B'
    """
    name = base_name(path)
    match = list(_QUANT.finditer(name))
    if match:
        name = name[: match[-1].start()] + name[match[-1].end() :]
    return re.sub(r"[-_. ]+\Z", "", re.sub(r"[-_.]gguf\b", "", name, flags=re.IGNORECASE)).strip("-_. ")


def hint_from_repo(text: str) -> ModelHint:
    """Read ``user/repository[:quant]`` as ``-hf`` takes it."""
    repo, _, tag = text.partition(":")
    quant = quant_of_file(tag) or (tag.upper() or None)
    return ModelHint(repo=repo, quant=None if quant == "LATEST" else quant, token=text)


def hint_from_path(text: str) -> ModelHint:
    """Read a path as ``-m`` takes it."""
    return ModelHint(path=text, quant=quant_of_file(text), token=text)
