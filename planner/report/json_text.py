"""A report as JSON: the interface's own objects with a ``report`` object beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from planner.hardware.machine_json import machine_to_json
from planner.machine import Machine
from planner.plan import Plan
from planner.report.blocks import Kind
from planner.report.compose import check_date, kind_of, machines_of, plans_of, questions_of
from planner.report.facts import data_dates, legal_facts, licence_facts, version
from planner.report.harmless import plain_json
from planner.report.machine_part import reserve_bytes
from planner.report.other_commands import other_commands
from planner.report.source_part import NOT_LEGAL_ADVICE
from planner.wishes import Wishes

COMPARISON_SCHEMA = "compare/1"
RANKING_SCHEMA = "rank/1"


def json_of(
    plans: Plan | Sequence[Plan],
    machine: Machine | Sequence[Machine],
    date: str,
    wishes: Wishes | Sequence[Wishes | None] | None = None,
    kind: Kind | None = None,
) -> str:
    """The whole document: ``fit-plan/1`` for a plan, else ``compare/1`` or ``rank/1`` with ``machine`` and ``plans``.

    A comparison over several machines has ``report.machines``, one per plan, with ``machine`` the first of them.
    """
    day, given, found = check_date(date), plans_of(plans), kind_of(plans, kind)
    machines, asked = machines_of(machine, len(given)), questions_of(wishes, len(given))
    described = machine_to_json(machines[0])
    about: dict[str, Any] = {
        "kind": found,
        "date": day,
        "program": {"name": "Hardware Fit Planner", "version": version()},
        "data": asdict(data_dates()),
        "question": _question(asked[0]),
        "reserve_bytes": reserve_bytes(given[0], asked[0]) if given else None,
        "licences": [licence_facts(p).to_json() for p in {p.model_id: p for p in given}.values()],
        "eu_ai_act": [asdict(f) for f in legal_facts()],
        "note": NOT_LEGAL_ADVICE,
    }
    if found != "ranking":
        about["flags"] = [
            [n.to_json() for n in p.command.flags] if p.command is not None else [] for p in given
        ]
    if any(w != asked[0] for w in asked):
        about["questions"] = [_question(w) for w in asked]
    if any(m != machines[0] for m in machines):
        about["machines"] = [machine_to_json(m) for m in machines]
    if found == "plan":
        about["other_commands"] = [
            {
                "title": other.title,
                "facts": list(other.facts),
                "command": None if other.command is None else other.command.to_json(),
            }
            for other in other_commands(given[0], machines[0], asked[0])
        ]
        document = {**given[0].to_json(), "machine": described, "report": about}
    else:
        document = {
            "schema": RANKING_SCHEMA if found == "ranking" else COMPARISON_SCHEMA,
            "machine": described,
            "plans": [p.to_json(brief=found == "ranking") for p in given],
            "report": about,
        }
    return json.dumps(plain_json(document), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _question(wishes: Wishes | None) -> dict[str, Any] | None:
    if wishes is None:
        return None
    return {
        "use": wishes.use,
        "objective": wishes.objective,
        "n_ctx": wishes.n_ctx,
        "n_parallel": wishes.n_parallel,
        "n_ubatch": wishes.n_ubatch,
        "cache_type_k": wishes.cache_type_k,
        "cache_type_v": wishes.cache_type_v,
        "min_decode_tps": wishes.min_decode_tps,
        "reserve_bytes": wishes.reserve_bytes,
        "engine": wishes.engine,
        "engine_version": wishes.engine_version,
        "workload": asdict(wishes.workload),
    }
