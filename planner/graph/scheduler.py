"""ggml's scheduler: which backend runs each node, where the graph is split, and what is copied between
devices.

A simulation of ggml/src/ggml-backend.cpp, ``ggml_backend_sched_split_graph`` (0.5.0-dev), followed by the
graph allocator.
Backends are numbered GPUs first, the host last, as llama.cpp creates them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from planner.graph.allocator import buffer_sizes
from planner.graph.tensor import VIEWS, Graph, Tensor

MAX_COPIES = 4
"""``GGML_SCHED_MAX_COPIES``: copies of each input under pipeline parallelism."""
MIN_OFFLOAD_BATCH = 32
"""``GGML_OP_OFFLOAD_MIN_BATCH``: smaller batches are not sent to the GPU for weights on the host."""
GPU_ALIGNMENT = 128
HOST_ALIGNMENT = 64


@dataclass(frozen=True, slots=True)
class SchedulerRules:
    """How the scheduler was set up."""

    n_gpus: int
    op_offload: bool = True
    pipeline: bool = False
    keeps_experts: bool = True
    """The GPU backend keeps the inputs of a weighted expert sum alive (CUDA, new builds)."""
    idle_inputs_copied: bool = True
    supports: Callable[[Tensor, int], bool] = field(default=lambda node, backend: True)
    """Whether a GPU backend can run a node."""


def offload_batch(node: Tensor) -> int:
    """Rows a GPU would gain from computing (ggml-cuda.cu, ``get_op_batch_size``)."""
    if node.op == "get_rows":
        return 0
    if node.op == "mul_mat":
        return node.ne[1]
    if node.op in ("mul_mat_id", "rope"):
        return node.ne[2]
    return node.ne[1] * node.ne[2] * node.ne[3]


def _assign(graph: Graph, rules: SchedulerRules) -> None:
    """Passes 1 to 4: give every node and leaf a backend."""
    host = rules.n_gpus
    supports = rules.supports

    def runs(node: Tensor, backend: int) -> bool:
        if backend == host:
            return True
        for source in node.src:
            home = source.owner.home
            if home is not None and home not in (backend, host):
                return False
        return supports(node, backend)

    def first_choice(tensor: Tensor) -> int:
        home = tensor.owner.home
        if home is not None:
            return home
        if tensor.is_input:
            return host
        if tensor.op not in ("rope", "flash_attn"):
            for source in tensor.src:
                if source.weight:
                    where = source.home if source.home is not None else host
                    if where != host and not supports(tensor, where):
                        return -1
                    if where == host and rules.op_offload:
                        for backend in range(host):
                            if runs(tensor, backend) and offload_batch(tensor) >= MIN_OFFLOAD_BATCH:
                                return backend
                    return where
        return -1

    for leaf in graph.leafs:
        if leaf.backend < 0:
            leaf.backend = first_choice(leaf)
    for node in graph.nodes:
        if node.backend < 0:
            node.backend = first_choice(node)
    nodes = [node for node in graph.nodes if node.op not in VIEWS]
    backward = nodes[::-1]
    for order, skip_host in ((nodes, True), (backward, True), (nodes, False), (backward, False)):
        current = -1
        for node in order:
            if node.backend >= 0:
                current = -1 if skip_host and node.backend == host else node.backend
            elif current >= 0 and runs(node, current):
                node.backend = current
    for node in nodes:
        if node.backend < 0:
            best = -1
            for backend in range(host + 1):
                if runs(node, backend):
                    count = 0
                    for source in node.src:
                        where = source.owner.home if source.owner.home is not None else source.backend
                        if where < 0:
                            where = source.owner.backend
                        count += where == backend or (backend == host and where == host)
                    if count > best:
                        best = count
                        node.backend = backend
    for node in graph.nodes:
        if node.view is not None and node.backend < 0:
            node.backend = node.view.backend
        for source in node.src:
            if source.backend < 0:
                source.backend = source.view.backend if source.view is not None else node.backend
        if node.backend < 0:
            node.backend = 0


@dataclass(slots=True)
class _Split:
    backend: int
    start: int
    end: int
    inputs: list[Tensor]


def _split(graph: Graph, rules: SchedulerRules, copies: dict[tuple[int, int], list[Tensor]]) -> list[_Split]:
    """Pass 5: cut the graph where the backend changes, and copy what the next part reads from elsewhere."""
    n_copies = MAX_COPIES if rules.pipeline else 1
    splits: list[_Split] = []
    for index, node in enumerate(graph.nodes):
        if node.op in VIEWS:
            continue
        backend = node.backend
        part = splits[-1] if splits else None
        fresh = part is None or part.backend != backend
        if part is not None and not fresh and part.inputs:
            fresh = any(s.weight and s.backend != backend for s in node.src)
        if fresh:
            if part is not None:
                part.end = index
            part = _Split(backend, index if splits else 0, 0, [])
            splits.append(part)
        assert part is not None
        for slot, source in enumerate(node.src):
            if source.backend == backend:
                continue
            where = source.owner.home if source.owner.home is not None else source.backend
            if where == backend:
                continue
            key = (id(source), backend)
            if key not in copies:
                made = []
                for _ in range(n_copies):
                    copy = Tensor("none", source.ne, source.nb, name=source.name)
                    copy.nbytes = source.nbytes
                    copy.scratch = source.scratch if source.owner.home is not None else 0
                    copy.backend = backend
                    copy.is_input = copy.is_output = n_copies > 1
                    made.append(copy)
                copies[key] = made
                part.inputs.append(source)
            node.src[slot] = copies[key][0]
    if splits:
        splits[-1].end = len(graph.nodes)
    return splits


def _kept(nodes: list[Tensor]) -> dict[int, list[Tensor]]:
    """Tensors a fused weighted expert sum keeps alive, by the node that ends it (ggml-cuda.cu, graph
    optimization)."""
    kept: dict[int, list[Tensor]] = {}
    for index, node in enumerate(nodes):
        if node.op != "mul" or node.ne[1] < 2 or node.src[1].ne[0] != 1 or node.src[0].op != "mul_mat_id":
            continue
        last: Tensor | None = None
        for other in nodes[index + 1 :]:
            if other.op == "view" and other.view is node:
                continue
            if other.op == "add" and other.src[1].op == "view" and other.src[1].view is node:
                last = other
                continue
            break
        if last is not None:
            kept.setdefault(id(last), []).extend((node.src[0], node.src[1]))
    return kept


def graph_buffers(graph: Graph, rules: SchedulerRules) -> list[int]:
    """Bytes of each backend's compute buffer, GPUs first, the host last.

    Parameters
    ----------
    graph : Graph
        Built for one micro-batch; it is changed (backends are set, sources replaced by copies).
    rules : SchedulerRules

    Returns
    -------
    list of int
        Length ``n_gpus + 1``. [bytes]
    """
    host = rules.n_gpus
    _assign(graph, rules)
    copies: dict[tuple[int, int], list[Tensor]] = {}
    splits = _split(graph, rules, copies)
    n_copies = MAX_COPIES if rules.pipeline else 1
    order: list[tuple[Tensor, int]] = []
    leafs: list[tuple[Tensor, int]] = []
    if n_copies > 1:
        used = {id(source) for node in graph.nodes for source in node.src}
        read = {id(source) for part in splits for source in part.inputs} | used
        for leaf in graph.leafs:
            if not leaf.is_input or (not rules.idle_inputs_copied and id(leaf) not in read):
                continue
            leaf.is_output = True
            leafs.append((leaf, leaf.backend))
            for _ in range(n_copies - 1):
                twin = Tensor("none", leaf.ne, leaf.nb, name=leaf.name)
                twin.is_input = twin.is_output = True
                leafs.append((twin, leaf.backend))
        for part in splits:
            for source in part.inputs:
                leafs.extend((copy, part.backend) for copy in copies[id(source), part.backend])
    for part in splits:
        for source in part.inputs:
            hold = Tensor("none", source.ne, source.nb, (source,), "hold")
            hold.view = source.owner
            order.append((hold, source.backend))
            order.append((copies[id(source), part.backend][0], part.backend))
        members = graph.nodes[part.start : part.end]
        kept = _kept(members) if rules.keeps_experts and part.backend != host else {}
        for node in members:
            order.append((node, node.backend))
            if id(node) in kept:
                keep = kept[id(node)]
                hold = Tensor("none", keep[0].ne, keep[0].nb, tuple(keep), "keep")
                hold.view = keep[0].owner
                order.append((hold, part.backend))
    leafs.extend((leaf, leaf.backend) for leaf in graph.leafs)
    alignments = [GPU_ALIGNMENT] * host + [HOST_ALIGNMENT]
    return buffer_sizes(order, leafs, alignments)
