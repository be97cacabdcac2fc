"""What the report tests share: a date, a question, and a reader of pages."""

from __future__ import annotations

from html.parser import HTMLParser

from planner.fit_plan import plan_model
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.wishes import Wishes

DATE = "2026-11-25"
WISHES = Wishes(n_ctx=16384)
VOID = {"meta", "col", "br", "wbr", "rect", "line", "circle"}


class Page(HTMLParser):
    """Text and tags of a page; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def text_of(html: str) -> str:
    return Page(html).text


def best(library: Library, machine: Machine, name: str, quant: str | None = None) -> Plan:
    """The best plan of a model by name."""
    model = library.find_model(name).model
    return plan_model(library, model, machine, WISHES, library.find_quant(quant) if quant else None)
