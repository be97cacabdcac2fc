"""Block layout of every ggml tensor type: elements per block, bytes per block, bytes of a row.

Source: llama.cpp 0.5.0-dev (ggml 0.25.3), ``ggml/include/ggml.h`` (enum ggml_type), ``ggml/src/ggml.c``
(type_traits) and ``ggml/src/ggml-common.h`` (block structs), read 2026-11-25.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LAYOUT: Final[dict[str, tuple[int, int, int]]] = {
    # name: (ggml type code, elements per block, bytes per block)
    "F32": (0, 1, 4),
    "F16": (1, 1, 2),
    "Q4_0": (2, 32, 18),
    "Q4_1": (3, 32, 20),
    "Q5_0": (6, 32, 22),
    "Q5_1": (7, 32, 24),
    "Q8_0": (8, 32, 34),
    "Q8_1": (9, 32, 36),
    "Q2_K": (10, 256, 84),
    "Q3_K": (11, 256, 110),
    "Q4_K": (12, 256, 144),
    "Q5_K": (13, 256, 176),
    "Q6_K": (14, 256, 210),
    "Q8_K": (15, 256, 292),
    "IQ2_XXS": (16, 256, 66),
    "IQ2_XS": (17, 256, 74),
    "IQ3_XXS": (18, 256, 98),
    "IQ1_S": (19, 256, 50),
    "IQ4_NL": (20, 32, 18),
    "IQ3_S": (21, 256, 110),
    "IQ2_S": (22, 256, 82),
    "IQ4_XS": (23, 256, 136),
    "I8": (24, 1, 1),
    "I16": (25, 1, 2),
    "I32": (26, 1, 4),
    "I64": (27, 1, 8),
    "F64": (28, 1, 8),
    "IQ1_M": (29, 256, 56),
    "BF16": (30, 1, 2),
    "TQ1_0": (34, 256, 54),
    "TQ2_0": (35, 256, 66),
    "MXFP4": (39, 32, 17),
    "NVFP4": (40, 64, 36),
    "Q1_0": (41, 128, 18),
    "Q2_0": (42, 64, 18),
}

N_TYPES: Final = 43
"""One more than the largest type code (``GGML_TYPE_COUNT``)."""

TYPE_CODES: Final[dict[str, int]] = {name: code for name, (code, _, _) in _LAYOUT.items()}
"""ggml type code by name."""

TYPE_NAMES: Final[dict[int, str]] = {code: name for name, code in TYPE_CODES.items()}
"""Name by ggml type code; codes that were removed from ggml are absent."""

BLOCK_SIZE: Final[NDArray[np.int64]] = np.zeros(N_TYPES, np.int64)
"""Elements per block, indexed by type code; 0 for codes that no longer exist."""

BLOCK_BYTES: Final[NDArray[np.int64]] = np.zeros(N_TYPES, np.int64)
"""Bytes per block, indexed by type code; 0 for codes that no longer exist."""

for _code, _block, _bytes in _LAYOUT.values():
    BLOCK_SIZE[_code] = _block
    BLOCK_BYTES[_code] = _bytes
BLOCK_SIZE.flags.writeable = False
BLOCK_BYTES.flags.writeable = False

BYTES_PER_ELEMENT: Final[NDArray[np.float64]] = np.divide(
    BLOCK_BYTES, BLOCK_SIZE, out=np.full(N_TYPES, np.nan), where=BLOCK_SIZE > 0
)
"""Bytes per element, indexed by type code, exact because all block sizes are powers of two; NaN for
codes that no longer exist."""

IS_QUANTIZED: Final[NDArray[np.bool_]] = BLOCK_SIZE > 1
"""True for block types (ggml's ``is_quantized``), indexed by type code."""


def type_code(name: str) -> int:
    """Code of a ggml type name, upper or lower case.

    Raises
    ------
    ValueError
        If ggml has no type of that name.
    """
    code = TYPE_CODES.get(name.upper())
    if code is None:
        raise ValueError(f"ggml has no tensor type {name!r}; it has {', '.join(TYPE_CODES)}")
    return code


def row_bytes(type_codes: ArrayLike, n: ArrayLike) -> NDArray[np.int64]:
    """Bytes of rows of ``n`` elements.

    Parameters
    ----------
    type_codes : array_like of int
        ggml type codes.
    n : array_like of int
        Elements per row, broadcast against ``type_codes``; must be whole blocks. [elements]

    Returns
    -------
    ndarray of int64
        Bytes.

    Raises
    ------
    ValueError
        If a row is not a whole number of blocks, or a code is unknown.

    Notes
    -----
    llama.cpp ``ggml/src/ggml.c``, ggml_row_size.

    Examples
    --------
    >>> row_bytes([TYPE_CODES["Q4_K"], TYPE_CODES["F16"]], 4096).tolist()
    [2304, 8192]
    """
    codes = np.asarray(type_codes)
    elements = np.asarray(n, np.int64)
    block = BLOCK_SIZE[codes]
    if np.any(block == 0):
        raise ValueError(f"unknown ggml type codes {sorted(set(codes[block == 0].tolist()))}")
    n_blocks, rest = np.divmod(elements, block)
    if np.any(rest):
        raise ValueError("row length is not a whole number of blocks of its type")
    return np.asarray(n_blocks * BLOCK_BYTES[codes], np.int64)
