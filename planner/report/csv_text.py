"""A report as CSV: numbers in bytes and seconds for a spreadsheet or a script; no cell starts a formula.

One plan or a comparison has one figure a row (``plan, section, device, quantity, value, unit, source``); a ranking has one
model a row. RFC 4180 with LF, UTF-8, a decimal point whatever the locale.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence

from planner.commands.shell_quoting import Shell
from planner.machine import Machine
from planner.plan import DevicePlan, Plan, Range
from planner.report.blocks import Kind
from planner.report.compose import check_date, kind_of, machines_of, plans_of, questions_of
from planner.report.facts import data_dates, licence_facts, version
from planner.report.harmless import shown
from planner.report.machine_part import plan_title, reserve_bytes
from planner.report.other_commands import OtherCommand, other_commands
from planner.report.plan_parts import command_text
from planner.wishes import Wishes

Value = str | int | float | bool | None
HEADS = ("plan", "section", "device", "quantity", "value", "unit", "source")
KINDS = (
    "model",
    "expert",
    "kv",
    "recurrent",
    "compute",
    "output",
    "overhead",
    "total",
    "others",
    "usable",
    "capacity",
)
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠−\t\r|%]")
_INNER = re.compile(r"([;\t]\s*\"*)(?=[=+\-@])")


def text_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, also where it splits lines at semicolons."""
    plain = _INNER.sub(r"\1'", shown(text))
    return f"'{plain}" if _FORMULA.match(plain) else plain


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value if isinstance(value, int) else text_cell(value)


def csv_of(
    plans: Plan | Sequence[Plan],
    machine: Machine | Sequence[Machine],
    date: str,
    wishes: Wishes | Sequence[Wishes | None] | None = None,
    kind: Kind | None = None,
) -> str:
    """The whole table."""
    day, given, found = check_date(date), plans_of(plans), kind_of(plans, kind)
    machines, asked = machines_of(machine, len(given)), questions_of(wishes, len(given))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    if found == "ranking":
        rows: Iterator[Sequence[Value]] = _ranking_rows(given)
    else:
        rows = _long_rows(given, machines, day, asked)
    for row in rows:
        writer.writerow([_cell(v) for v in row])
    return out.getvalue()


def _long_rows(
    plans: Sequence[Plan], machines: Sequence[Machine], date: str, asked: Sequence[Wishes | None]
) -> Iterator[Sequence[Value]]:
    yield HEADS
    dates = data_dates()
    yield ("", "report", "", "date", date, "", "")
    yield ("", "report", "", "program", f"Hardware Fit Planner {version()}", "", "")
    for name in ("catalogue", "accelerators", "speed", "overhead", "law"):
        yield ("", "report", "", f"data_{name}", getattr(dates, name), "date", "")
    one_machine = all(m == machines[0] for m in machines)
    if one_machine:
        yield from _machine_rows("", machines[0])
    for plan, machine, wishes in zip(plans, machines, asked, strict=True):
        if not one_machine:
            yield from _machine_rows(plan_title(plan), machine)
        yield from _plan_rows(plan, wishes)
        if len(plans) == 1:
            yield from _other_rows(plan_title(plan), other_commands(plan, machine, wishes))


def _other_rows(name: str, others: Sequence[OtherCommand]) -> Iterator[Sequence[Value]]:
    for other in others:
        versions = "" if other.command is None else other.command.engine_versions
        line = None if other.command is None else command_text(other.command, Shell.POSIX, False)
        yield (name, "other command", other.title, "posix", line, "", versions)
        yield (name, "other command", other.title, "facts", "; ".join(other.facts), "", versions)


def _machine_rows(name: str, machine: Machine) -> Iterator[Sequence[Value]]:
    for index, gpu in enumerate(machine.gpus):
        for key, unit in (
            ("name", ""),
            ("memory_bytes", "bytes"),
            ("free_bytes", "bytes"),
            ("bandwidth_bytes_per_s", "bytes/s"),
            ("driver", ""),
            ("pcie_generation", ""),
            ("pcie_lanes", ""),
        ):
            yield (name, "machine", f"GPU {index}", key, getattr(gpu, key), unit, gpu.origin.get(key, ""))
    yield (name, "machine", "CPU", "name", machine.cpu.name, "", "")
    yield (name, "machine", "CPU", "cores", machine.cpu.cores, "", "")
    ram = machine.ram
    yield (name, "machine", "RAM", "total_bytes", ram.total_bytes, "bytes", "")
    yield (name, "machine", "RAM", "available_bytes", ram.available_bytes, "bytes", "")
    yield (
        name,
        "machine",
        "RAM",
        "bandwidth_bytes_per_s",
        ram.bandwidth_bytes_per_s,
        "bytes/s",
        ram.bandwidth_origin,
    )


def _plan_rows(plan: Plan, wishes: Wishes | None) -> Iterator[Sequence[Value]]:
    name = plan_title(plan)
    for key, value, unit in (
        ("model", plan.model_id, ""),
        ("quant", plan.quant, ""),
        ("engine", f"{plan.engine} {plan.engine_version}", ""),
        ("backend", plan.backend, ""),
        ("verdict", plan.verdict.value, ""),
        ("placement", plan.placement, ""),
        ("reasons", "; ".join(plan.reasons), ""),
        ("n_ctx", plan.n_ctx, "tokens"),
        ("longest_n_ctx", plan.longest_n_ctx, "tokens"),
        ("n_ctx_train", plan.n_ctx_train, "tokens"),
        ("kv_tokens", plan.kv_tokens, "tokens"),
        ("total_parameters", plan.total_parameters, ""),
        ("active_parameters", plan.active_parameters, ""),
        ("file_bytes", plan.file_bytes, "bytes"),
        ("reserve_bytes", reserve_bytes(plan, wishes), "bytes"),
        ("provenance", plan.provenance, ""),
        ("quality_loss", plan.quality_loss, ""),
    ):
        yield (name, "plan", "", key, value, unit, "")
    for key in sorted(plan.settings):
        setting = plan.settings[key]
        shown_value = (
            setting if isinstance(setting, (str, int, float, bool)) or setting is None else str(setting)
        )
        yield (name, "settings", "", key, shown_value, "", "")
    for device in plan.devices:
        yield from _device_rows(name, device)
    if plan.throughput is not None:
        speeds = plan.throughput
        for key, value_range, unit in (
            ("decode_tps", speeds.decode_tps, "tok/s"),
            ("aggregate_decode_tps", speeds.aggregate_decode_tps, "tok/s"),
            ("prefill_tps", speeds.prefill_tps, "tok/s"),
            ("ttft_s", speeds.ttft_s, "s"),
        ):
            for point in ("p10", "p50", "p90"):
                yield (name, "speed", "", f"{key}_{point}", _point(value_range, point), unit, speeds.basis)
        yield (name, "speed", "", "limited_by", speeds.limited_by, "", speeds.basis)
    if plan.command is not None:
        versions = plan.command.engine_versions
        yield (name, "command", "", "posix", command_text(plan.command, Shell.POSIX, False), "", versions)
        yield (
            name,
            "command",
            "",
            "powershell",
            command_text(plan.command, Shell.POWERSHELL, False),
            "",
            versions,
        )
        for note in plan.command.flags:
            flag = f"{note.flag} {'' if note.value is None else note.value}".strip()
            yield (name, "flag", "", flag, note.text, "", versions)
    licence = licence_facts(plan)
    for key, value in (
        ("licence", f"{licence.name} ({licence.id})"),
        ("osi_approved", licence.osi_approved),
        ("commercial_use", licence.commercial_use),
        ("obligations", "; ".join(licence.obligations)),
        ("gated", licence.gated),
        ("eu_note", licence.eu_note),
        ("eu_ai_act", " ".join(licence.eu_ai_act)),
    ):
        yield (name, "licence", "", key, value, "", f"{licence.source}, {licence.date}; not legal advice")
    for term in plan.terms:
        where, _, quantity = term.name.rpartition(".")
        inputs = ", ".join(f"{k} = {v}" for k, v in term.inputs.items())
        source = "; ".join(term.sources)
        yield (name, "term", where, quantity, term.value, term.unit, source)
        yield (name, "term", where, f"{quantity}: formula", term.expression, "", source)
        yield (name, "term", where, f"{quantity}: inputs", inputs, "", source)


def _device_rows(name: str, device: DevicePlan) -> Iterator[Sequence[Value]]:
    label = f"{device.name} {device.accelerator or ''}".strip()
    for kind in KINDS:
        yield (name, "memory", label, f"{kind}_bytes", getattr(device, f"{kind}_bytes"), "bytes", "")
    yield (name, "memory", label, "free_bytes", device.free_bytes, "bytes", "")
    if device.layers is not None:
        yield (name, "memory", label, "first_layer", device.layers[0], "", "")
        yield (name, "memory", label, "last_layer", device.layers[1], "", "")


def _point(value: Range | None, point: str) -> float | None:
    return None if value is None else float(getattr(value, point))


def _ranking_rows(plans: Sequence[Plan]) -> Iterator[Sequence[Value]]:
    yield (
        "rank", "model", "model_id", "quant", "engine", "verdict", "placement", "n_ctx_tokens",
        "gpu_bytes", "host_bytes", "decode_tps_p10", "decode_tps_p50", "decode_tps_p90",
        "prefill_tps_p50", "ttft_s_p50", "file_bytes", "total_parameters", "active_parameters",
        "licence", "commercial_use", "provenance", "why_here", "command_posix",
    )  # fmt: skip
    for number, plan in enumerate(plans, start=1):
        speeds, licence = plan.throughput, licence_facts(plan)
        decode = speeds.decode_tps if speeds else None
        yield (
            number,
            plan.model_name,
            plan.model_id,
            plan.quant,
            f"{plan.engine} {plan.engine_version}",
            plan.verdict.value,
            plan.placement,
            plan.n_ctx,
            sum(d.total_bytes for d in plan.devices if d.kind == "gpu"),
            sum(d.total_bytes for d in plan.devices if d.kind == "host"),
            _point(decode, "p10"),
            _point(decode, "p50"),
            _point(decode, "p90"),
            _point(speeds.prefill_tps if speeds else None, "p50"),
            _point(speeds.ttft_s if speeds else None, "p50"),
            plan.file_bytes,
            plan.total_parameters,
            plan.active_parameters,
            licence.id,
            licence.commercial_use,
            plan.provenance,
            plan.score,
            None if plan.command is None else command_text(plan.command, Shell.POSIX, False),
        )
