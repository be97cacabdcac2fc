"""The ggml type each llama.cpp quantization gives each tensor, and the bytes that follow.

One function, :func:`tensor_types`, for the tensors of any number of models at once. The rules are those of
llama.cpp 0.5.0-dev ``src/llama-quant.cpp`` (llama_tensor_get_type, llama_tensor_get_type_impl,
tensor_type_fallback, llama_ftype_get_default_type), read 2026-11-25; there is no table per model.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models_db.ggml_types import BYTES_PER_ELEMENT, IS_QUANTIZED, TYPE_CODES
from models_db.quant_rules import (
    DEFAULT_TYPES,
    FILE_TYPES,
    attention_output_types,
    attention_qk_types,
    attention_v_types,
    embedding_type_of,
    ffn_down_types,
    ffn_up_gate_types,
    fit_rows,
    mxfp4_types,
    output_types,
)
from models_db.tensor_names import Category
from models_db.tensor_table import TensorTable, Types

__all__ = [
    "DEFAULT_TYPES",
    "EMBEDDING_MIXES",
    "FILE_TYPES",
    "default_imatrix",
    "file_bytes",
    "imatrix_matters",
    "plain_file_type",
    "requires_imatrix",
    "scaled_bytes",
    "tensor_bytes",
    "tensor_types",
]

_IMATRIX_REQUIRED: Final = frozenset({"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "Q2_K_S"})
_NO_IMATRIX: Final = frozenset({"F32", "F16", "BF16", "Q8_0", "MXFP4_MOE", "TQ1_0", "TQ2_0", "Q2_0"})

EMBEDDING_MIXES: Final[dict[str, tuple[str, str]]] = {
    "Q6_K_L": ("Q6_K", "Q8_0"),
    "Q5_K_L": ("Q5_K_M", "Q8_0"),
    "Q4_K_L": ("Q4_K_M", "Q8_0"),
    "Q3_K_XL": ("Q3_K_L", "Q8_0"),
    "Q2_K_L": ("Q2_K", "Q8_0"),
}
"""Published mixes that are a file type with another type for token embedding and output matrix.

Source: a widespread publisher's listing of Llama 3.1 70B files ("Uses Q8_0 for embed and output weights"),
whose sizes (Q5_K_L 50.60, Q4_K_L 43.30, Q3_K_XL 38.06 GB) the rules meet to the last digit; read 2026-11-25.
"""


def plain_file_type(name: str) -> str | None:
    """File type of llama-quantize that a published mix is closest to by its name.

    ``Q4_K_L`` → ``Q4_K_M``, ``UD-Q4_K_XL`` → ``Q4_K_M``, ``UD-Q6_K_XL`` → ``Q6_K``, ``MXFP4`` →
    ``MXFP4_MOE``; a file type is itself; None if the name resembles none. Types and size of a mix named
    ``UD-…`` follow no rule: they are chosen per model and layer, so only its published size
    (:func:`scaled_bytes`) makes it known.
    """
    stem = name.upper().removeprefix("UD-")
    stem = "MXFP4_MOE" if stem == "MXFP4" else stem
    if stem in DEFAULT_TYPES:
        return stem
    if stem in EMBEDDING_MIXES and not name.upper().startswith("UD-"):
        return EMBEDDING_MIXES[stem][0]
    base = stem.removesuffix("_XL").removesuffix("_L")
    candidates = (f"{base}_M", base, f"{base.removesuffix('_K')}_0")
    return next((c for c in candidates if base != stem and c in DEFAULT_TYPES), None)


def requires_imatrix(file_type: str) -> bool:
    """True if llama-quantize refuses this file type without an importance matrix."""
    return file_type in _IMATRIX_REQUIRED


def imatrix_matters(file_type: str) -> bool:
    """True if an importance matrix changes the mix of types, hence the size."""
    return file_type in {"IQ3_XXS", "IQ4_NL", "IQ4_XS", "Q4_0", "Q5_0"}


def default_imatrix(file_type: str) -> bool:
    """Whether published files of this type are usually made with an importance matrix.

    Notes
    -----
    The three publishers with most repositories on the hub give one for every quantized type (one of them in
    a series of its own). It shows in sizes: a listing of Llama 3.1 70B has Q4_0 at 40.12 GB and IQ4_XS at
    37.90 GB, as the rules give with an importance matrix (without: 39.97 and 38.27 GB); read 2026-11-25.
    Model makers' own Q4_0 files are mostly made without: say ``imatrix=False`` for them.
    """
    return plain_file_type(file_type) not in _NO_IMATRIX


def tensor_types(
    table: TensorTable,
    file_type: str,
    *,
    imatrix: bool | None = None,
    source_type: str = "BF16",
    requantize: bool = False,
) -> Types:
    """Type of every tensor in a file of the given type.

    Parameters
    ----------
    table : TensorTable
        Tensors of one or many models.
    file_type : str
        One of :data:`FILE_TYPES`, e.g. ``"Q4_K_M"``, or of :data:`EMBEDDING_MIXES`, e.g. ``"Q4_K_L"``.
    imatrix : bool, optional
        Whether an importance matrix was given to llama-quantize; default as published files are made
        (:func:`default_imatrix`).
    source_type : str
        Type of the matrices that are not quantized, ``"BF16"`` or ``"F16"``; both take two bytes.
    requantize : bool
        Also quantize tensors that the conversion already wrote quantized (gpt-oss experts in MXFP4).
        llama-quantize refuses that without ``--allow-requantize``, and published files keep them;
        ``llama-quantize --dry-run`` counts as if it were allowed.

    Returns
    -------
    ndarray of int8, one per tensor
        ggml type codes.

    Raises
    ------
    ValueError
        If llama-quantize has no such file type.
    """
    embedding_type = None
    if file_type in EMBEDDING_MIXES:
        file_type, embedding_type = EMBEDDING_MIXES[file_type]
    if file_type not in DEFAULT_TYPES:
        raise ValueError(f"llama-quantize has no file type {file_type!r}; it has {', '.join(FILE_TYPES)}")
    if imatrix is None:
        imatrix = default_imatrix(file_type)
    default = TYPE_CODES[DEFAULT_TYPES[file_type]]
    fixed = table.fixed_type
    unquantized = default if not IS_QUANTIZED[default] else TYPE_CODES[source_type]
    kept = np.where(fixed >= 0, fixed, unquantized).astype(np.int8)
    if not IS_QUANTIZED[default]:
        # written by the conversion, which leaves what it has fixed; ALL_F32 widens the rest
        return kept

    index_of = table.index_of
    if file_type == "MXFP4_MOE":
        types = mxfp4_types(table)
    else:
        types = np.full(len(table.model), default, np.int8)
        for category in (Category.ATTENTION_V, Category.ATTENTION_QKV, Category.ATTENTION_KV_B):
            types[index_of[category]] = attention_v_types(table, index_of[category], file_type, imatrix)
        for category, is_key in ((Category.ATTENTION_Q, False), (Category.ATTENTION_K, True)):
            types[index_of[category]] = attention_qk_types(table, index_of[category], file_type, is_key)
        index = index_of[Category.ATTENTION_OUTPUT]
        types[index] = attention_output_types(table, index, file_type)
        types[index_of[Category.FFN_DOWN]] = ffn_down_types(
            table, index_of[Category.FFN_DOWN], file_type, imatrix
        )
        for category in (Category.FFN_UP, Category.FFN_GATE):
            types[index_of[category]] = ffn_up_gate_types(table, index_of[category], file_type)
        types[index_of[Category.TOKEN_EMBD]] = embedding_type_of(file_type)

    embedding = index_of[Category.TOKEN_EMBD]
    as_output = np.concatenate([index_of[Category.OUTPUT], embedding[table.tied[table.model[embedding]]]])
    types[as_output] = output_types(table, as_output, file_type)
    types[table.is_glm5_q8] = TYPE_CODES["Q8_0"]
    fit_rows(table, types)
    if embedding_type is not None:
        # --token-embedding-type and --output-tensor-type, which are not fitted to the row
        types[index_of[Category.TOKEN_EMBD]] = types[index_of[Category.OUTPUT]] = TYPE_CODES[embedding_type]

    quantized = table.quantizable if requantize else table.quantizable & ~table.is_fixed_block
    return np.where(quantized, types, kept)


def tensor_bytes(table: TensorTable, types: Types) -> NDArray[np.float64]:
    """Bytes of every tensor's data.

    Parameters
    ----------
    table : TensorTable
        Tensors.
    types : ndarray of int8, one per tensor
        ggml type codes, each with a block that divides the row (as :func:`tensor_types` returns them).

    Returns
    -------
    ndarray of float64, one per tensor
        Whole numbers: bytes per element are dyadic fractions, so the product is exact.
    """
    return np.asarray(table.n_elements * BYTES_PER_ELEMENT[types], np.float64)


_ALIGNMENT: Final = 32
"""``general.alignment`` of files written by llama.cpp."""

_METADATA_BYTES: Final = 1800
"""Key-value pairs without tokenizer: 20 to 40 pairs of some 45 to 60 bytes. [bytes]"""


def file_bytes(table: TensorTable, types: Types) -> NDArray[np.float64]:
    """Bytes of the GGUF file of each model, without tokenizer.

    Parameters
    ----------
    table : TensorTable
        Tensors.
    types : ndarray of int8, one per tensor
        ggml type codes.

    Returns
    -------
    ndarray of float64, one per model
        Bytes, exact but for the key-value pairs, which are taken as 1800 bytes.

    Notes
    -----
    GGUF version 3: 24 bytes; per tensor an 8-byte length and the name, 4 bytes count and 8 bytes each of
    dimensions, 4 bytes type, 8 bytes offset; data aligned to 32 bytes. The tokenizer adds 3 to 17 MB.
    """
    padded = np.ceil(tensor_bytes(table, types) / _ALIGNMENT) * _ALIGNMENT
    infos = 24 * table.n_tensors + table.name_bytes + 8 * table.n_dims_stored
    header = 24 + _METADATA_BYTES + infos
    header += -header % _ALIGNMENT
    return header + table.sum_by_model(padded)


def scaled_bytes(
    table: TensorTable, types: Types, known_file_bytes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bytes per tensor of a published mix of which only the file size is known.

    Parameters
    ----------
    table : TensorTable
        Tensors.
    types : ndarray of int8, one per tensor
        Types of the plain file type the mix is closest to (:func:`plain_file_type`).
    known_file_bytes : ndarray of float64, one per model
        Published size of the file or of all its parts; NaN where unknown.

    Returns
    -------
    ndarray of float64, one per tensor
        Approximate bytes, NaN for models of unknown size. Tensors that are not quantized keep their
        bytes; all others carry the difference in proportion to theirs, so that a model's tensors and its
        header add up to the published size. How the mix distributes the difference is not known.
    """
    plain = tensor_bytes(table, types)
    free = table.quantizable & ~table.is_fixed_block
    overhead = file_bytes(table, types) - table.sum_by_model(plain)
    kept = table.sum_by_model(np.where(free, 0.0, plain))
    movable = table.sum_by_model(np.where(free, plain, 0.0))
    factor = (known_file_bytes - overhead - kept) / movable
    scale = np.where(free, factor[table.model], np.where(np.isnan(factor), np.nan, 1.0)[table.model])
    return np.asarray(plain * scale, np.float64)
