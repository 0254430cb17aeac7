"""What opens over the agent console: pasting, transfer, summary, saved replies, leave to answer, and the policies.

Knows how to ask the desk for what a sheet shows; changes nothing. What a sheet sends comes back as an act of the page.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from assistant.desk import Desk
from assistant.desk.records import PolicyPassage
from assistant.types import ReplyLanguage
from assistant.ui.console_view import part, stamp
from assistant.ui.templating import TEMPLATES
from assistant.ui.texts import reply_language
from assistant.ui.words_console import ConsoleWords

CLOSED = part("panel", '<div class="panel"></div>')
"""No sheet is open."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into a sheet and could not be saved; it is shown again, so that nobody types it twice."""

    text: str
    heading: str = ""
    topic: str = ""
    note: str = ""


def render_sheet(
    desk: Desk,
    sheet: str,
    agent: str,
    conversation: str,
    tongue: ReplyLanguage,
    w: ConsoleWords,
    *,
    told: str = "",
    typed: Typed | None = None,
) -> str:
    """A sheet; :data:`CLOSED` for one that does not exist.

    Args:
        desk: is asked for what it shows.
        sheet: its name.
        agent: who asks.
        conversation: the open one, empty for none.
        tongue: the customer's language.
        w: words.
        told: what went wrong before, to be shown first.
        typed: what was typed then; ``heading`` is the customer's name, or the name of a reply.
    """
    titles = {
        "paste": w.paste,
        "customer": w.add_customer,
        "automatic": w.automatic_ask,
        "transfer": w.transfer_ask,
        "summary": w.summary,
        "canned": w.canned,
    }
    if sheet not in titles or (not conversation and sheet != "paste"):
        return CLOSED
    return _sheet(
        "console_sheet.html",
        w,
        sheet=sheet,
        title=titles[sheet],
        told=told,
        typed=typed,
        colleagues=desk.colleagues(agent) if sheet == "transfer" else (),
        text=desk.summary(conversation, reply_language(w.lang)) if sheet == "summary" else "",
        canned=desk.canned(tongue) if sheet == "canned" else (),
    )


def render_policies(
    desk: Desk, tongue: ReplyLanguage, w: ConsoleWords, *, told: str = "", typed: Typed | None = None
) -> str:
    """Every passage of a language, by topic; ``typed`` is a new one that was not saved."""
    passages = sorted(desk.policies(tongue), key=lambda p: (p.topic, p.heading))
    topics: Sequence[tuple[str, list[PolicyPassage]]] = [
        (topic, list(group)) for topic, group in groupby(passages, key=lambda p: p.topic)
    ]
    return _sheet(
        "console_policies.html",
        w,
        title=w.policies,
        told=told,
        typed=typed,
        passage=None,
        topics=topics,
        tongue=tongue,
        history=(),
    )


def render_passage(
    desk: Desk,
    topic: str,
    tongue: ReplyLanguage,
    heading: str,
    w: ConsoleWords,
    *,
    told: str = "",
    typed: Typed | None = None,
) -> str:
    """One passage to be changed, with its earlier versions; the list where there is none such.

    With ``typed`` the box holds that, and the passage as it is now stands above it.
    """
    found = next((p for p in desk.policies(tongue) if (p.topic, p.heading) == (topic, heading)), None)
    if found is None:
        return render_policies(desk, tongue, w, told=told, typed=typed)
    history = [
        {"version": v.version, "author": v.author, "at": stamp(v.at), "note": v.note, "text": v.text}
        for v in desk.passage_history(topic, tongue, heading)
    ]
    return _sheet(
        "console_policies.html",
        w,
        title=found.heading,
        told=told,
        typed=typed,
        passage=found,
        topics=(),
        tongue=tongue,
        history=history,
    )


def _sheet(template: str, w: ConsoleWords, **values: Any) -> str:
    # A sheet that is opened a second time must differ from the first time, or the page would not notice.
    return part("panel", TEMPLATES.get_template(template).render(w=w, once=secrets.token_hex(4), **values))
