"""The prompt lab: edit, try, compare, vote, split, on one page, on Gradio.

Nothing of a browser tab is kept here: with each act the page says where it is, and gets back the parts that are
different now. Knows how acts become calls of the lab; knows nothing of models.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.lab import Lab
from assistant.lab.told import told_of
from assistant.ui.insights import build_insights
from assistant.ui.lab_acts import LabActs, Outcome, messages_of
from assistant.ui.lab_view import Here, LabView, Reader, lab_words
from assistant.ui.theme import asset

log = logging.getLogger(__name__)

PARTS = ("head", "main", "side", "grid", "panel", "told")
"""The parts of the page in the order in which an act updates them."""

_AT_ONCE = 8
_TRIES_AT_ONCE = 2
_ANSWERED = "() => window.lanternLab.answered()"


class LabPage:
    """The page's behaviour, free of Gradio's objects where it can be."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._view = LabView(lab)
        self._acts = LabActs(lab, self._view)

    def act(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Whatever was done on the page.

        Returns:
            Updates of :data:`PARTS`.
        """
        data = event._data if isinstance(event._data, dict) else {}
        here = Here.read(data.get("here"))
        reader = Reader(str(request.username or ""))
        try:
            here = self._view.settle(here)
            done = self._acts.do(str(data.get("act", "open")), data, here, reader.name)
            return self._page(done, reader)
        except AssistantError as error:
            # Its words say what was wrong and what to do; whoever may work here may read them.
            log.warning("an act of the lab was refused", exc_info=True)
            return self._refused(here, lab_words(here.language).say(told_of(str(error))))
        except Exception:
            log.exception("an act of the lab failed")
            return self._refused(here, lab_words(here.language).failed)

    def try_out(self, event: gr.EventData, request: gr.Request) -> Iterator[str]:
        """Two versions about one message.

        Yields:
            The part ``side``, as texts come.
        """
        data = event._data if isinstance(event._data, dict) else {}
        here = self._view.settle(replace(Here.read(data.get("here")), tab="try"))
        sku = str(data.get("sku") or "").strip()[:64]
        names = [str(data[k]) for k in ("first", "second") if data.get(k)]
        try:
            for tried in self._lab.try_out(here.task, names, messages_of(data), sku=sku):
                yield self._view.tried(here, tried, sku)
        except AssistantError as error:
            log.warning("a try of the lab was refused", exc_info=True)
            yield self._view.sheet("lab_failure", here, text=lab_words(here.language).say(told_of(str(error))))
        except Exception:
            log.exception("a try of the lab failed")
            yield self._view.sheet("lab_failure", here, text=lab_words(here.language).failed)

    def title_of(self, sku: str, language: str) -> str | None:
        """A product's title in a language; ``None`` where there is no such product (any more)."""
        product = self._lab.bench.product(sku)
        return None if product is None else product.title_in("zh" if language == "zh" else "en")

    def _page(self, done: Outcome, reader: Reader) -> tuple[Any, ...]:
        here = done.here
        parts: dict[str, Any] = {
            "head": self._view.head(here, reader) if done.moved else None,
            "main": self._view.main(here) if done.moved or done.main else None,
            "side": done.side if done.side is not None else self._view.side(here, reader.name) if done.moved else None,
            "grid": self._view.grid(here, reader.name) if done.moved or done.grid else None,
            "panel": done.panel,
            "told": None if done.told is None else self._view.told(here, done.told, good=done.good, file=done.file),
        }
        return tuple(gr.skip() if parts[name] is None else parts[name] for name in PARTS)

    def _refused(self, here: Here, text: str) -> tuple[Any, ...]:
        told = self._view.told(here, text, good=False)
        return tuple(told if name == "told" else gr.skip() for name in PARTS)


def build_lab(lab: Lab) -> Any:
    """The page as ``gradio.Blocks``; mount it with :func:`assistant.ui.theme.theme` and ``head("lab.css")``."""
    shown = LabPage(lab)
    script = asset("lab.js")

    def html(value: str, name: str) -> gr.HTML:
        return gr.HTML(value, elem_id=f"lab-{name}", js_on_load=script, apply_default_css=False, padding=False)

    with gr.Blocks(title="Lantern · Prompt lab · 提示词实验室", analytics_enabled=False, fill_width=True) as page:
        waiting = '<p class="opening" role="status">Loading · 加载中</p>'
        with gr.Column(elem_id="lab"):
            parts = [html(waiting if name == "main" else f'<div data-part="{name}"></div>', name) for name in PARTS]
            with gr.Column(elem_id="lab-insights"):
                build_insights(lab.bench.database, shown.title_of)
        act = gr.on(
            [part.select for part in parts],
            shown.act,
            None,
            parts,
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=_AT_ONCE,
        )
        act.then(None, js=_ANSWERED, api_visibility="private")
        parts[1].submit(
            shown.try_out,
            None,
            [parts[2]],
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=_TRIES_AT_ONCE,
        )
    page.queue(default_concurrency_limit=_AT_ONCE, max_size=64, api_open=False)
    return page
