"""Tensors of a compute graph: shapes, strides, views, and the order in which a graph visits them.

Only what decides memory is kept: no data, no types beyond the bytes per element.
"""

from __future__ import annotations

from math import prod

Shape = tuple[int, int, int, int]

INPLACE = frozenset(
    [
        "fill",
        "scale",
        "add",
        "add_id",
        "sub",
        "mul",
        "div",
        "sqr",
        "sqrt",
        "log",
        "unary",
        "rope",
        "rms_norm",
        "clamp",
        "soft_max",
        "diag_mask",
    ]
)
"""Operations whose result may overwrite a parent (ggml-alloc.c, ``ggml_op_can_inplace``)."""

VIEWS = frozenset(("view", "reshape", "permute", "transpose"))
"""Operations the scheduler skips (ggml-backend.cpp, ``ggml_is_view_op``)."""

HOST = -2
"""``home`` of tensors in host memory, before backends are numbered."""


class Tensor:
    """One node or leaf of a graph."""

    __slots__ = (
        "alloc",
        "backend",
        "home",
        "is_input",
        "is_output",
        "name",
        "nb",
        "nbytes",
        "ne",
        "op",
        "scratch",
        "size",
        "src",
        "view",
        "weight",
    )

    def __init__(
        self, op: str, ne: Shape, nb: Shape, src: tuple[Tensor, ...] = (), name: str = "", size: int = 4
    ) -> None:
        self.op = op
        self.ne = ne
        self.nb = nb
        self.size = size
        """Bytes per element (views keep their source's)."""
        self.src = list(src)
        self.name = name
        self.view: Tensor | None = None
        """The tensor that owns the memory, for views."""
        self.home: int | None = None
        """Device that already holds it (weights, caches); None = the graph allocator places it."""
        self.weight = False
        self.is_input = False
        self.is_output = False
        self.backend = -1
        self.alloc: object = None
        """What the graph allocator knows of it; a graph is allocated once."""
        self.scratch = 0
        """Bytes a GPU backend allocates behind the result (F16 copies of a cache). [bytes]"""
        if 0 in ne:
            self.nbytes = 0
        else:
            self.nbytes = (
                size + (ne[0] - 1) * nb[0] + (ne[1] - 1) * nb[1] + (ne[2] - 1) * nb[2] + (ne[3] - 1) * nb[3]
            )

    @property
    def owner(self) -> Tensor:
        """Return the tensor whose memory this one uses."""
        return self.view if self.view is not None else self

    @property
    def contiguous(self) -> bool:
        """Return whether rows follow each other without gaps."""
        return self.nb == strides(self.ne, self.nb[0])


def shape(*ne: int) -> Shape:
    """Pad a shape to four axes."""
    full = (*ne, 1, 1, 1)
    return (full[0], full[1], full[2], full[3])


def strides(ne: Shape, size: int) -> Shape:
    """Strides of a contiguous tensor. [bytes]"""
    one = size * ne[0]
    two = one * ne[1]
    return (size, one, two, two * ne[2])


def row_padding(row: int, bytes_per_element: float) -> int:
    """Bytes a GPU buffer adds behind a quantized tensor whose rows are no multiple of 512 elements.

    Source: ggml-cuda.cu, ``ggml_backend_cuda_buffer_type_get_alloc_size`` (``MATRIX_ROW_PADDING``).
    """
    if bytes_per_element >= 2 or row % 512 == 0:
        return 0
    return int((512 - row % 512) * bytes_per_element)


class Graph:
    """A graph under construction, in the order ``ggml_build_forward_expand`` would visit it."""

    def __init__(self) -> None:
        self.nodes: list[Tensor] = []
        self.leafs: list[Tensor] = []
        self._seen: set[int] = set()

    # leaves ---------------------------------------------------------------------------------------------

    def input(self, name: str, *ne: int, size: int = 4) -> Tensor:
        """Make a graph input (on the host until a backend needs a copy)."""
        full = shape(*ne)
        leaf = Tensor("none", full, strides(full, size), name=name, size=size)
        leaf.is_input = True
        return leaf

    def constant(self, name: str, *ne: int) -> Tensor:
        """Make a leaf without data: ggml places every such leaf before the first node runs."""
        full = shape(*ne)
        return Tensor("none", full, strides(full, 4), name=name)

    def weight(self, name: str, home: int, nbytes: float, *ne: int) -> Tensor:
        """Make a weight that lives on a device; ``nbytes`` is its stored size."""
        full = shape(*ne)
        leaf = Tensor("none", full, strides(full, 4), name=name)
        leaf.nbytes = int(nbytes)
        leaf.home = home
        leaf.weight = True
        leaf.scratch = row_padding(full[0], nbytes / max(prod(full), 1))
        return leaf

    def cache(self, name: str, home: int, nbytes: float, *ne: int) -> Tensor:
        """Make a cache tensor that lives on a device."""
        leaf = self.weight(name, home, nbytes, *ne)
        leaf.weight = False
        return leaf

    # operations -----------------------------------------------------------------------------------------

    def op(self, op: str, ne: Shape, *src: Tensor, size: int = 4, name: str = "") -> Tensor:
        """Make a node with memory of its own."""
        return Tensor(op, ne, strides(ne, size), src, name, size)

    def like(self, op: str, first: Tensor, *rest: Tensor, name: str = "") -> Tensor:
        """Make a node shaped as its first source (elementwise operations)."""
        ne = first.ne
        return Tensor(op, ne, strides(ne, 4), (first, *rest), name)

    def view(
        self,
        source: Tensor,
        ne: Shape,
        nb: Shape | None = None,
        op: str = "view",
        extra: tuple[Tensor, ...] = (),
        nbytes: float | None = None,
    ) -> Tensor:
        """Make a view; without strides it is contiguous."""
        layout = nb if nb is not None else strides(ne, source.size)
        node = Tensor(op, ne, layout, (source, *extra), size=source.size)
        node.view = source.owner
        if nbytes is not None:
            node.nbytes = int(nbytes)
        return node

    def reshape(self, source: Tensor, *ne: int) -> Tensor:
        """Give contiguous memory another shape."""
        full = shape(*ne)
        if prod(full) != prod(source.ne):
            raise ValueError(f"reshape {source.name} {source.ne} to {full}")
        return self.view(source, full, op="reshape")

    def permute(self, source: Tensor, *axes: int) -> Tensor:
        """Reorder axes: axis ``i`` goes to ``axes[i]``."""
        ne = [0] * 4
        nb = [0] * 4
        for old, new in enumerate(axes):
            ne[new] = source.ne[old]
            nb[new] = source.nb[old]
        return self.view(
            source,
            (ne[0], ne[1], ne[2], ne[3]),
            (nb[0], nb[1], nb[2], nb[3]),
            "permute",
            nbytes=source.nbytes,
        )

    def transpose(self, source: Tensor) -> Tensor:
        """Swap the first two axes."""
        node = self.permute(source, 1, 0, 2, 3)
        node.op = "transpose"
        return node

    def mul_mat(self, weight: Tensor, x: Tensor, name: str = "") -> Tensor:
        """Multiply: ``weight`` (k, m) by ``x`` (k, n) gives (m, n), F32."""
        return self.op("mul_mat", (weight.ne[1], x.ne[1], x.ne[2], x.ne[3]), weight, x, name=name)

    def mul_mat_id(self, weight: Tensor, x: Tensor, ids: Tensor, name: str = "") -> Tensor:
        """Multiply by the experts chosen for each token: (m, n_used, n_tokens)."""
        return self.op("mul_mat_id", (weight.ne[1], ids.ne[0], x.ne[2], 1), weight, x, ids, name=name)

    def get_rows(self, table: Tensor, ids: Tensor) -> Tensor:
        """Gather rows."""
        return self.op("get_rows", (table.ne[0], ids.ne[0], ids.ne[1], ids.ne[2]), table, ids)

    def cont(self, source: Tensor, *ne: int) -> Tensor:
        """Copy to contiguous memory, in another shape if given."""
        return self.op("cont", shape(*ne) if ne else source.ne, source, size=source.size)

    def set_rows(self, table: Tensor, rows: Tensor, ids: Tensor) -> Tensor:
        """Write rows into a cache: a view of the cache."""
        node = Tensor("set_rows", table.ne, table.nb, (rows, ids, table))
        node.view = table.owner
        node.nbytes = table.nbytes
        return node

    def copy(self, source: Tensor, target: Tensor) -> Tensor:
        """Copy into existing memory: a view of the target."""
        node = Tensor("cpy", target.ne, target.nb, (source, target))
        node.view = target.owner
        return node

    def concat(self, first: Tensor, second: Tensor, axis: int) -> Tensor:
        """Join along an axis."""
        ne = list(first.ne)
        ne[axis] += second.ne[axis]
        return self.op("concat", (ne[0], ne[1], ne[2], ne[3]), first, second)

    # order ----------------------------------------------------------------------------------------------

    def expand(self, tensor: Tensor) -> None:
        """Append a tensor and everything it needs, depth first (ggml.c, ``ggml_visit_parents_graph``)."""
        seen = self._seen
        if id(tensor) in seen:
            return
        seen.add(id(tensor))
        for source in tensor.src:
            if id(source) not in seen:
                self.expand(source)
        if tensor.op == "none":
            self.leafs.append(tensor)
        else:
            self.nodes.append(tensor)
