"""The ggml type each llama.cpp quantization gives each tensor, and the bytes that follow.

One function, :func:`tensor_types`, for the tensors of any number of models at once. The rules are those of
llama.cpp 0.5.0-dev ``src/llama-quant.cpp`` (llama_tensor_get_type, llama_tensor_get_type_impl,
tensor_type_fallback, llama_ftype_get_default_type), read 2026-11-25; there is no table per model.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models_db.ggml_types import BLOCK_SIZE, BYTES_PER_ELEMENT, IS_QUANTIZED, N_TYPES, TYPE_CODES
from models_db.tensor_names import Category
from models_db.tensor_table import TensorTable, Types

DEFAULT_TYPES: Final[dict[str, str]] = {
    "F32": "F32",
    "F16": "F16",
    "BF16": "BF16",
    "Q8_0": "Q8_0",
    "Q6_K": "Q6_K",
    "Q5_K_M": "Q5_K",
    "Q5_K_S": "Q5_K",
    "Q5_1": "Q5_1",
    "Q5_0": "Q5_0",
    "Q4_K_M": "Q4_K",
    "Q4_K_S": "Q4_K",
    "Q4_1": "Q4_1",
    "Q4_0": "Q4_0",
    "MXFP4_MOE": "MXFP4",
    "IQ4_NL": "IQ4_NL",
    "IQ4_XS": "IQ4_XS",
    "Q3_K_L": "Q3_K",
    "Q3_K_M": "Q3_K",
    "Q3_K_S": "Q3_K",
    "IQ3_M": "IQ3_S",
    "IQ3_S": "IQ3_S",
    "IQ3_XS": "IQ3_S",
    "IQ3_XXS": "IQ3_XXS",
    "Q2_K": "Q2_K",
    "Q2_K_S": "Q2_K",
    "IQ2_M": "IQ2_S",
    "IQ2_S": "IQ2_XS",
    "IQ2_XS": "IQ2_XS",
    "IQ2_XXS": "IQ2_XXS",
    "IQ1_M": "IQ1_M",
    "IQ1_S": "IQ1_S",
    "TQ2_0": "TQ2_0",
    "TQ1_0": "TQ1_0",
    "Q2_0": "Q2_0",
}
"""Type of the ordinary matrices by file type (llama_ftype_get_default_type), best quality first.

``Q1_0`` and ``NVFP4`` are missing: only models trained or published in them are written so, by the
conversion; read such a file's own header instead.
"""

FILE_TYPES: Final = tuple(DEFAULT_TYPES)
"""File types that llama-quantize can write."""

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

bartowski's repositories; his listing of Llama 3.1 70B says "Uses Q8_0 for embed and output weights", and its
sizes (Q5_K_L 50.60, Q4_K_L 43.30, Q3_K_XL 38.06 GB) agree to the last digit. Read 2026-11-25.
"""

_LOW_BIT: Final = frozenset({"IQ2_XXS", "IQ2_XS", "IQ1_S", "IQ2_S", "IQ2_M", "IQ1_M"})
_IQ2_S_OR_M: Final = frozenset({"IQ2_S", "IQ2_M"})

_T: Final = TYPE_CODES


def _fallbacks() -> Types:
    """Type that replaces one whose block does not divide the row; 32-block types stay, to become F16."""
    table = np.arange(N_TYPES, dtype=np.int8)
    for names, replacement in (
        (("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_XS"), "IQ4_NL"),
        (("Q2_0", "Q2_K", "Q3_K", "TQ1_0", "TQ2_0"), "Q4_0"),
        (("Q4_K",), "Q5_0"),
        (("Q5_K",), "Q5_1"),
        (("Q6_K",), "Q8_0"),
    ):
        for name in names:
            table[_T[name]] = _T[replacement]
    return table


_FALLBACK: Final = _fallbacks()


def plain_file_type(name: str) -> str | None:
    """File type of llama-quantize that a published mix is closest to by its name.

    ``Q4_K_L`` → ``Q4_K_M``, ``UD-Q4_K_XL`` → ``Q4_K_M``, ``UD-Q6_K_XL`` → ``Q6_K``; a file type is itself;
    None if the name resembles none. Types and size of a mix named ``UD-…`` follow no rule: they are chosen
    per model and layer, so only its published size (:func:`scaled_bytes`) makes it known.
    """
    stem = name.upper().removeprefix("UD-")
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
    The publishers with most repositories (unsloth, bartowski, mradermacher's "i1" series) give one for
    every quantized type. It shows in sizes: bartowski's Llama 3.1 70B listing has Q4_0 at 40.12 GB and
    IQ4_XS at 37.90 GB, as the rules give with an importance matrix (without: 39.97 and 38.27 GB). Model
    makers' own Q4_0 files are mostly made without: say ``imatrix=False`` for them.
    """
    return plain_file_type(file_type) not in _NO_IMATRIX


def _use_more_bits(i_layer: NDArray[np.int64], n_layers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """First eighth, last eighth, and every third layer between."""
    eighth = n_layers // 8
    # C's % keeps the sign, but the third case is only reached for i_layer >= n_layers / 8
    ends = (i_layer < eighth) | (i_layer >= 7 * n_layers // 8)
    return np.asarray(ends | ((i_layer - eighth) % 3 == 2), np.bool_)


def _output_types(table: TensorTable, index: NDArray[np.int64], file_type: str) -> NDArray[np.int64]:
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type == "MXFP4_MOE":
        return np.full(len(index), _T["Q8_0"], np.int64)
    if file_type in _LOW_BIT or file_type == "IQ3_XXS":
        usual = _T["Q5_K"]
    else:
        usual = default if default == _T["Q8_0"] else _T["Q6_K"]
    odd = table.is_falcon[table.model[index]] | (table.ne0[index] % BLOCK_SIZE[default] != 0)
    return np.where(odd, _T["Q8_0"], usual)


def _embedding_type(file_type: str) -> int:
    """Type of a token embedding that does not serve as output."""
    if file_type in ("IQ2_XXS", "IQ2_XS", "IQ1_S", "IQ1_M"):
        return _T["Q2_K"]
    if file_type in ("IQ2_S", "IQ2_M", "IQ3_XXS"):
        return _T["IQ3_S"]
    if file_type in ("TQ1_0", "TQ2_0", "Q2_0"):
        return _T["Q4_K"]
    return _T[DEFAULT_TYPES[file_type]]


def _attention_v_types(
    table: TensorTable, index: NDArray[np.int64], file_type: str, imatrix: bool
) -> NDArray[np.int64]:
    model = table.model[index]
    n_gqa, n_experts = table.n_gqa[model], table.n_experts[model]
    grouped = n_gqa >= 4
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type in _LOW_BIT:
        other = _T["IQ3_S"] if file_type in _IQ2_S_OR_M else _T["Q2_K"]
        return np.where(grouped | (n_experts >= 4), _T["Q4_K"], other)

    i = table.i_attention_v[index]
    if file_type == "Q2_K":
        types = np.where(grouped, _T["Q4_K"], _T["Q3_K"])
    elif file_type in ("Q2_K_S", "IQ3_XS", "IQ3_S"):
        types = np.where(grouped, _T["Q4_K"], default)
    elif file_type == "IQ3_XXS":
        types = np.where(grouped, _T["Q4_K"], _T["IQ3_XXS"] if imatrix else _T["IQ3_S"])
    elif file_type == "IQ3_M":
        types = np.full(len(index), _T["Q4_K"])
    elif file_type == "Q3_K_M":
        types = np.where(i < 2, _T["Q5_K"], _T["Q4_K"])
    elif file_type == "Q3_K_L":
        types = np.full(len(index), _T["Q5_K"])
    elif file_type in ("IQ4_NL", "IQ4_XS"):
        types = np.where(grouped, _T["Q5_K"], default)
    elif file_type in ("Q4_K_M", "Q5_K_M"):
        types = np.where(_use_more_bits(i, table.n_attention_v[model]), _T["Q6_K"], default)
    elif file_type == "Q4_K_S":
        types = np.where(i < 4, _T["Q5_K"], default)
    else:
        types = np.full(len(index), default)
    # 8 heads share the values of a 70B model: more bits cost next to nothing there
    raised = table.is_70b[model] & ((types == _T["Q3_K"]) | (types == _T["Q4_K"]))
    types = np.where(raised, _T["Q5_K"], types)
    return np.where(n_experts == 8, _T["Q8_0"], types)


def _attention_qk_types(
    table: TensorTable, index: NDArray[np.int64], file_type: str, is_key: bool
) -> NDArray[np.int64]:
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type == "IQ3_XS":
        default = _T["IQ3_XXS"]
    elif file_type == "IQ3_XXS":
        default = _T["IQ2_S"]
    types = np.full(len(index), default)
    if not is_key:
        return types
    eight = table.n_experts[table.model[index]] == 8
    return np.where(eight, _T["Q4_K"] if file_type in _LOW_BIT else _T["Q8_0"], types)


def _attention_output_types(
    table: TensorTable, index: NDArray[np.int64], file_type: str
) -> NDArray[np.int64]:
    model = table.model[index]
    eight = table.n_experts[model] == 8
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type in _LOW_BIT:
        other = _T["IQ2_XXS"] if file_type in ("IQ1_S", "IQ1_M") else default
        other = _T["IQ3_S"] if file_type in _IQ2_S_OR_M else other
        return np.where(eight, _T["Q5_K"], other)
    few = {"Q2_K": "Q3_K", "IQ3_XXS": "IQ3_S", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K", "IQ3_M": "Q4_K"}
    usual = _T[few[file_type]] if file_type in few else default
    of_eight = {"Q2_K", "IQ3_XS", "IQ3_XXS", "Q3_K_S", "Q3_K_M", "IQ4_NL"}
    of_eight |= {"Q4_K_S", "Q4_K_M", "IQ3_S", "IQ3_M", "IQ4_XS"}
    types = np.where(eight, _T["Q5_K"] if file_type in of_eight else default, usual)
    falcon = _T["Q4_K"] if file_type == "Q3_K_L" else default
    return np.where(table.is_falcon[model], falcon, types)


def _ffn_down_types(
    table: TensorTable, index: NDArray[np.int64], file_type: str, imatrix: bool
) -> NDArray[np.int64]:
    model = table.model[index]
    n_layers, falcon = table.n_layer_all[model], table.is_falcon[model]
    eight = table.n_experts[model] == 8
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type in _LOW_BIT:
        early = _T["IQ3_S"] if file_type in _IQ2_S_OR_M else _T["Q2_K"]
        return np.where(table.i_ffn_down[index] < n_layers // 8, early, default)

    i = table.i_ffn[index]
    first_eighth, first_sixteenth = i < n_layers // 8, i < n_layers // 16
    more_bits = _use_more_bits(i, n_layers)
    if file_type == "Q2_K":
        return np.full(len(index), _T["Q3_K"])
    if file_type == "Q2_K_S":
        return np.where(first_eighth, _T["Q4_K"], default)
    if file_type == "IQ3_XXS" and not imatrix:
        return np.where(first_eighth, _T["Q4_K"], _T["Q3_K"])
    if file_type == "Q3_K_M":
        late = np.where(~falcon | more_bits, _T["Q4_K"], _T["Q3_K"])
        return np.where(first_sixteenth, _T["Q5_K"], late)
    if file_type == "IQ3_M":
        return np.where(first_eighth | (eight & more_bits), _T["Q4_K"], default)
    if file_type == "Q3_K_L":
        return np.where(falcon, _T["Q4_K"], _T["Q5_K"])
    if file_type == "Q4_K_M":
        of_falcon = np.where(first_sixteenth, _T["Q6_K"], np.where(more_bits, _T["Q5_K"], _T["Q4_K"]))
        return np.where(falcon, of_falcon, np.where(more_bits, _T["Q6_K"], default))
    if file_type in ("IQ4_NL", "IQ4_XS") and not imatrix:
        return np.where(first_eighth, _T["Q5_K"], default)
    if file_type == "Q5_K_M":
        return np.where(more_bits, _T["Q6_K"], default)
    if file_type == "Q4_K_S":
        return np.where(~falcon & first_eighth, _T["Q5_K"], default)
    if file_type in ("Q4_0", "Q5_0") and imatrix:
        return np.where(first_eighth, _T["Q4_1"] if file_type == "Q4_0" else _T["Q5_1"], default)
    return np.full(len(index), default)


def _ffn_up_gate_types(table: TensorTable, index: NDArray[np.int64], file_type: str) -> NDArray[np.int64]:
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type != "IQ3_XS":
        return np.full(len(index), default)
    n_layers, i = table.n_layer_all[table.model[index]], table.i_ffn[index]
    return np.where((i >= n_layers // 8) & (i < 7 * n_layers // 8), _T["IQ3_XXS"], default)


def _mxfp4_types(table: TensorTable) -> Types:
    """Stacks of matrices become MXFP4, all else Q8_0."""
    is_ffn = np.isin(table.category, (Category.FFN_UP, Category.FFN_GATE, Category.FFN_DOWN))
    stack = (table.ne2 > 1) & (is_ffn | ~table.is_bailingmoe3[table.model])
    return np.where(stack, _T["MXFP4"], _T["Q8_0"]).astype(np.int8)


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
    default = _T[DEFAULT_TYPES[file_type]]
    fixed = table.fixed_type
    unquantized = default if not IS_QUANTIZED[default] else _T[source_type]
    kept = np.where(fixed >= 0, fixed, unquantized).astype(np.int8)
    if not IS_QUANTIZED[default]:
        # written by the conversion, which leaves what it has fixed; ALL_F32 widens the rest
        return kept

    index_of = table.index_of
    if file_type == "MXFP4_MOE":
        types = _mxfp4_types(table)
    else:
        types = np.full(len(table.model), default, np.int8)
        for category in (Category.ATTENTION_V, Category.ATTENTION_QKV, Category.ATTENTION_KV_B):
            types[index_of[category]] = _attention_v_types(table, index_of[category], file_type, imatrix)
        for category, is_key in ((Category.ATTENTION_Q, False), (Category.ATTENTION_K, True)):
            types[index_of[category]] = _attention_qk_types(table, index_of[category], file_type, is_key)
        index = index_of[Category.ATTENTION_OUTPUT]
        types[index] = _attention_output_types(table, index, file_type)
        types[index_of[Category.FFN_DOWN]] = _ffn_down_types(
            table, index_of[Category.FFN_DOWN], file_type, imatrix
        )
        for category in (Category.FFN_UP, Category.FFN_GATE):
            types[index_of[category]] = _ffn_up_gate_types(table, index_of[category], file_type)
        types[index_of[Category.TOKEN_EMBD]] = _embedding_type(file_type)

    embedding = index_of[Category.TOKEN_EMBD]
    as_output = np.concatenate([index_of[Category.OUTPUT], embedding[table.tied[table.model[embedding]]]])
    types[as_output] = _output_types(table, as_output, file_type)
    types[table.is_glm5_q8] = _T["Q8_0"]
    _fit_rows(table, types)
    if embedding_type is not None:
        # --token-embedding-type and --output-tensor-type, which are not fitted to the row
        types[index_of[Category.TOKEN_EMBD]] = types[index_of[Category.OUTPUT]] = _T[embedding_type]

    quantized = table.quantizable if requantize else table.quantizable & ~table.is_fixed_block
    return np.where(quantized, types, kept)


def _fit_rows(table: TensorTable, types: Types) -> None:
    """Replace, in place, types whose block does not divide the row (tensor_type_fallback)."""
    odd = table.odd_rows
    misfit = odd[table.ne0[odd] % BLOCK_SIZE[types[odd]] != 0]
    replaced = _FALLBACK[types[misfit]]
    still = table.ne0[misfit] % BLOCK_SIZE[replaced] != 0
    types[misfit] = np.where(still, _T["F16"], replaced)


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
