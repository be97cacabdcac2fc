"""llama-quantize's choice of a type for each group of tensors, written for arrays.

llama.cpp 0.5.0-dev ``src/llama-quant.cpp``: llama_ftype_get_default_type, llama_tensor_get_type_impl,
tensor_type_fallback; read 2026-11-25. Every function takes the table, positions of tensors of one group in it
and the file type, and returns a ggml type code per position.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models_db.ggml_types import BLOCK_SIZE, N_TYPES, TYPE_CODES
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


def use_more_bits(i_layer: NDArray[np.int64], n_layers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """First eighth, last eighth, and every third layer between."""
    eighth = n_layers // 8
    # C's % keeps the sign, but the third case is only reached for i_layer >= n_layers / 8
    ends = (i_layer < eighth) | (i_layer >= 7 * n_layers // 8)
    return np.asarray(ends | ((i_layer - eighth) % 3 == 2), np.bool_)


def output_types(table: TensorTable, index: NDArray[np.int64], file_type: str) -> NDArray[np.int64]:
    """Output matrix, or the token embedding that serves as one."""
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type == "MXFP4_MOE":
        return np.full(len(index), _T["Q8_0"], np.int64)
    if file_type in _LOW_BIT or file_type == "IQ3_XXS":
        usual = _T["Q5_K"]
    else:
        usual = default if default == _T["Q8_0"] else _T["Q6_K"]
    odd = table.is_falcon[table.model[index]] | (table.ne0[index] % BLOCK_SIZE[default] != 0)
    return np.where(odd, _T["Q8_0"], usual)


def embedding_type_of(file_type: str) -> int:
    """Type of a token embedding that does not serve as output."""
    if file_type in ("IQ2_XXS", "IQ2_XS", "IQ1_S", "IQ1_M"):
        return _T["Q2_K"]
    if file_type in ("IQ2_S", "IQ2_M", "IQ3_XXS"):
        return _T["IQ3_S"]
    if file_type in ("TQ1_0", "TQ2_0", "Q2_0"):
        return _T["Q4_K"]
    return _T[DEFAULT_TYPES[file_type]]


def attention_v_types(
    table: TensorTable, index: NDArray[np.int64], file_type: str, imatrix: bool
) -> NDArray[np.int64]:
    """Values, fused query-key-value and latent key-value matrices."""
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
        types = np.where(use_more_bits(i, table.n_attention_v[model]), _T["Q6_K"], default)
    elif file_type == "Q4_K_S":
        types = np.where(i < 4, _T["Q5_K"], default)
    else:
        types = np.full(len(index), default)
    # 8 heads share the values of a 70B model: more bits cost next to nothing there
    raised = table.is_70b[model] & ((types == _T["Q3_K"]) | (types == _T["Q4_K"]))
    types = np.where(raised, _T["Q5_K"], types)
    return np.where(n_experts == 8, _T["Q8_0"], types)


def attention_qk_types(
    table: TensorTable, index: NDArray[np.int64], file_type: str, is_key: bool
) -> NDArray[np.int64]:
    """Queries, or keys."""
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


def attention_output_types(table: TensorTable, index: NDArray[np.int64], file_type: str) -> NDArray[np.int64]:
    """Output projection of the attention."""
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


def ffn_down_types(
    table: TensorTable, index: NDArray[np.int64], file_type: str, imatrix: bool
) -> NDArray[np.int64]:
    """Down projections, of experts and shared experts too."""
    model = table.model[index]
    n_layers, falcon = table.n_layer_all[model], table.is_falcon[model]
    eight = table.n_experts[model] == 8
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type in _LOW_BIT:
        early = _T["IQ3_S"] if file_type in _IQ2_S_OR_M else _T["Q2_K"]
        return np.where(table.i_ffn_down[index] < n_layers // 8, early, default)

    i = table.i_ffn[index]
    first_eighth, first_sixteenth = i < n_layers // 8, i < n_layers // 16
    more_bits = use_more_bits(i, n_layers)
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


def ffn_up_gate_types(table: TensorTable, index: NDArray[np.int64], file_type: str) -> NDArray[np.int64]:
    """Up and gate projections, of experts and shared experts too."""
    default = _T[DEFAULT_TYPES[file_type]]
    if file_type != "IQ3_XS":
        return np.full(len(index), default)
    n_layers, i = table.n_layer_all[table.model[index]], table.i_ffn[index]
    return np.where((i >= n_layers // 8) & (i < 7 * n_layers // 8), _T["IQ3_XXS"], default)


def mxfp4_types(table: TensorTable) -> Types:
    """Stacks of matrices become MXFP4, all else Q8_0."""
    is_ffn = np.isin(table.category, (Category.FFN_UP, Category.FFN_GATE, Category.FFN_DOWN))
    stack = (table.ne2 > 1) & (is_ffn | ~table.is_bailingmoe3[table.model])
    return np.where(stack, _T["MXFP4"], _T["Q8_0"]).astype(np.int8)


def fit_rows(table: TensorTable, types: Types) -> None:
    """Replace, in place, types whose block does not divide the row (tensor_type_fallback)."""
    odd = table.odd_rows
    misfit = odd[table.ne0[odd] % BLOCK_SIZE[types[odd]] != 0]
    replaced = _FALLBACK[types[misfit]]
    still = table.ne0[misfit] % BLOCK_SIZE[replaced] != 0
    types[misfit] = np.where(still, _T["F16"], replaced)
