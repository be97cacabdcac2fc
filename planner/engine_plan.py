"""The plan of the engine that was asked for, and of the other one beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.request import RequestFault
from planner.shown_plan import plan_for
from planner.units import ValueFault
from planner.vllm.compare import SideBySide, why_they_differ
from planner.vllm.list_view import engine_of
from planner.vllm.plan import plan_vllm
from planner.vllm.rank import worth
from planner.vllm.weight_formats import FORMATS
from planner.wishes import Wishes
from planner.words import say
from planner.yarn import cut_note

if TYPE_CHECKING:
    from planner.library import Library
    from planner.machine import Machine
    from planner.plan import Plan


def vllm_plan(
    library: Library, machine: Machine, wishes: Wishes, model_id: str, quant: str | None = None
) -> Plan:
    """Plan of vLLM for the plan pane.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
        A context beyond the model's is cut to what it was trained for.
    model_id : str
    quant : str or None
        A format vLLM loads; any other, and None, leave the choice to the planner.

    Raises
    ------
    RequestFault
        When the model cannot be planned for vLLM; the message says why.
    """
    model = library.models[model_id]
    row = library.rows.get(model_id)
    trained = wishes.n_ctx if row is None else int(library.columns.cache.n_ctx_train[row])
    own = wishes.for_vllm(trained)
    plan = plan_vllm(library.catalogue, model, machine, own, quant if quant in FORMATS else None)
    if own.n_ctx < wishes.n_ctx:
        plan = replace(plan, reasons=(*plan.reasons, cut_note(trained, wishes.n_ctx)))
    return plan


def with_vllm(
    library: Library, machine: Machine, wishes: Wishes, model_id: str, quant: str | None, llama: Plan
) -> tuple[Plan, SideBySide]:
    """The plan to show for ``wishes.engine`` ``vllm`` or ``any``, and both engines side by side.

    Parameters
    ----------
    llama : Plan
        Plan of llama.cpp for the same question.

    Returns
    -------
    Plan
        vLLM's for ``vllm`` (llama.cpp's, saying why, where vLLM has none); for ``any`` that of the engine that ``quant``
        belongs to, without one the better of the two as :mod:`planner.vllm.rank` compares them.
    SideBySide
    """
    engine, quant = engine_of(quant)
    try:
        vllm: Plan | None = vllm_plan(library, machine, wishes, model_id, quant)
        reasons = tuple(why_they_differ(llama, vllm)) if vllm is not None else ()
    except (RequestFault, ValueFault) as fault:
        vllm, reasons = None, (say("vLLM: {why}", why=str(fault)),)
    both = SideBySide(llama, vllm, reasons)
    if wishes.engine == "vllm":
        if vllm is not None:
            return vllm, both
        return replace(llama, reasons=(*reasons, *llama.reasons)), both
    if vllm is not None and (engine == "vllm" or (quant is None and worth(vllm) > worth(llama))):
        return vllm, both
    return llama, both


def other_engine(library: Library, machine: Machine, wishes: Wishes, plan: Plan) -> Plan:
    """Plan of the engine that a plan does not use, for the same question.

    Raises
    ------
    RequestFault, ValueFault
        When there is none; the message says why.
    """
    if plan.engine == "vllm":
        return plan_for(library, machine, replace(wishes, engine="llama.cpp"), plan.model_id)
    return vllm_plan(library, machine, wishes, plan.model_id)
