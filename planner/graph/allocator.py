"""ggml's graph allocator: where each tensor of a graph goes, and how large each device's buffer becomes.

A simulation of ggml/src/ggml-alloc.c (0.5.0-dev): parents' memory is reused in place where an operation may,
else the best
fitting free block is taken, the last block growing the buffer; memory is freed when the last reader has run.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.graph.tensor import INPLACE, Tensor


class Arena:
    """One buffer that grows as needed: free blocks as parallel offset and size lists, the last one
    endless."""

    __slots__ = ("alignment", "offsets", "peak", "sizes")

    ENDLESS = 1 << 62

    def __init__(self, alignment: int) -> None:
        self.alignment = alignment
        self.offsets = [0]
        self.sizes = [self.ENDLESS]
        self.peak = 0

    def take(self, size: int) -> int:
        """Return the offset of a new block of ``size`` bytes (already aligned)."""
        sizes = self.sizes
        best = -1
        best_size = self.ENDLESS
        for index in range(len(sizes) - 1):
            if size <= sizes[index] <= best_size:
                best = index
                best_size = sizes[index]
        if best < 0:
            best = len(sizes) - 1
        offset = self.offsets[best]
        self.offsets[best] += size
        sizes[best] -= size
        if sizes[best] == 0:
            del sizes[best], self.offsets[best]
        if offset + size > self.peak:
            self.peak = offset + size
        return offset

    def give(self, offset: int, size: int) -> None:
        """Return a block, merging it with its neighbours."""
        offsets, sizes = self.offsets, self.sizes
        for index in range(len(offsets)):
            if offsets[index] + sizes[index] == offset:
                sizes[index] += size
                if index + 1 < len(offsets) and offsets[index] + sizes[index] == offsets[index + 1]:
                    sizes[index] += sizes[index + 1]
                    del offsets[index + 1], sizes[index + 1]
                return
            if offset + size == offsets[index]:
                offsets[index] = offset
                sizes[index] += size
                if index > 0 and offsets[index - 1] + sizes[index - 1] == offset:
                    sizes[index - 1] += sizes[index]
                    del offsets[index], sizes[index]
                return
        at = 0
        while at < len(offsets) and offsets[at] < offset:
            at += 1
        offsets.insert(at, offset)
        sizes.insert(at, size)


class _State:
    __slots__ = ("backend", "children", "held", "offset", "size", "views")

    def __init__(self) -> None:
        self.children = 0
        self.views = 0
        self.held = False
        self.offset = 0
        self.size = 0
        self.backend = 0


def buffer_sizes(
    nodes: Sequence[tuple[Tensor, int]],
    leafs: Sequence[tuple[Tensor, int]],
    alignments: Sequence[int],
) -> list[int]:
    """Size of each backend's buffer.

    Parameters
    ----------
    nodes, leafs : sequence of (Tensor, int)
        Tensors in the scheduler's order, each with the backend that runs it.
    alignments : sequence of int
        Alignment of each backend's buffer type. [bytes]

    Returns
    -------
    list of int
        Bytes per backend.
    """
    arenas = [Arena(alignment) for alignment in alignments]
    host = len(alignments) - 1

    def state(tensor: Tensor) -> _State:
        found = tensor.alloc
        if found is None:
            found = tensor.alloc = _State()
        return found  # type: ignore[return-value]

    def padded(tensor: Tensor, backend: int) -> int:
        alignment = alignments[backend]
        size = tensor.nbytes if backend == host else tensor.nbytes + tensor.scratch
        return -(-size // alignment) * alignment

    def release(mine: _State) -> None:
        arenas[mine.backend].give(mine.offset, mine.size)
        mine.held = False

    def inherit(mine: _State, parent: _State, node: Tensor) -> None:
        mine.backend = parent.backend
        mine.offset = parent.offset
        parent.held = False
        mine.size = padded(node, mine.backend)
        if parent.size > mine.size:
            arenas[mine.backend].give(parent.offset + mine.size, parent.size - mine.size)

    def place(node: Tensor, backend: int) -> None:
        if node.home is not None or node.view is not None:
            return
        mine = node.alloc
        if mine is None:
            mine = node.alloc = _State()
        assert isinstance(mine, _State)
        if mine.held:
            return
        mine.held = True
        if node.op in INPLACE:
            for parent in node.src:
                theirs = state(parent)
                if parent.view is not None or not theirs.held or parent.is_output:
                    continue
                if parent.ne != node.ne or parent.nb != node.nb:
                    continue
                if theirs.children == 1 and not theirs.views:
                    inherit(mine, theirs, node)
                    return
        mine.backend = backend
        mine.size = padded(node, backend)
        mine.offset = arenas[backend].take(mine.size)

    for leaf, backend in leafs:
        place(leaf, backend)
    for node, backend in nodes:
        if node.view is not None and node.op != "none":
            state(node.view).views += 1
        if node.is_input:
            place(node, backend)
        for source in node.src:
            state(source).children += 1
            if source.is_input:
                place(source, backend)
    for node, backend in nodes:
        for source in node.src:
            place(source, backend)
        place(node, backend)
        for source in node.src:
            theirs = source.alloc
            assert isinstance(theirs, _State)
            theirs.children -= 1
            if theirs.children or theirs.views:
                continue
            if source.view is not None:
                owner = state(source.view)
                owner.views -= 1
                if not owner.views and not owner.children and owner.held and not source.view.is_output:
                    release(owner)
            elif theirs.held and not source.is_output:
                release(theirs)
    return [arena.peak for arena in arenas]
