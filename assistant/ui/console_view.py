"""The parts of the agent console as HTML: header, queue, conversation, reply, draft.

Knows how the records of the desk look in the agent's language; every text of a customer, a record or a colleague is
escaped by the templates. Asks nobody anything and changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from assistant.desk.records import Case, Line, Row, Source, Suggestion
from assistant.desk.styles import STYLES
from assistant.store.queue import VIEWS, View
from assistant.types import Constraints
from assistant.ui.chips import render_bar
from assistant.ui.prose import render_prose
from assistant.ui.templating import TEMPLATES
from assistant.ui.texts import words
from assistant.ui.words_console import ConsoleWords
from assistant.ui.words_console_en import EN
from assistant.ui.words_console_zh import ZH

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_ROW_TEXT = 140
_SAID = ("use", "send", "is_draft", "is_edited", "draft_waits", "outdated", "outdated_kept", "copied")
# What the page's script says by itself.


def console_words(language: str) -> ConsoleWords:
    """The console's words for a language; English where there are none."""
    return ZH if language == "zh" else EN


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is signed in, and whether the pages of managers are for them too."""

    name: str
    manager: bool = False


def part(name: str, html: str, **data: str) -> str:
    """A part of the page with its mark, by which the page can say what it shows already.

    Args:
        name: of the part.
        html: safe markup.
        data: what the page's script reads, without the prefix ``data-``.
    """
    said = Markup(" ").join(Markup('data-{}="{}"').format(key.replace("_", "-"), value) for key, value in data.items())
    mark = hashlib.blake2b(f"{said}\0{html}".encode("utf-8", "replace"), digest_size=8).hexdigest()
    return str(Markup('<div data-part="{}" data-mark="{}" {}>{}</div>').format(name, mark, said, Markup(html)))


def mark_of(html: str) -> str:
    """The mark of a part."""
    return html.partition('data-mark="')[2][:16]


def render_head(staff: Staff, w: ConsoleWords) -> str:
    """Who is signed in, the language, and the ways out."""
    return part("head", html_of("console_head.html", w, staff=staff), lang=w.lang)


def render_queue(
    rows: Sequence[Row], counts: Mapping[View, int], view: View, opened: str, w: ConsoleWords, now: datetime
) -> str:
    """The tabs with their counts, and the conversations of one.

    Args:
        rows: of the chosen tab.
        counts: of every tab.
        view: the chosen tab.
        opened: the conversation that is open.
        w: words.
        now: the time that waiting is counted to.
    """
    shown = [
        {
            "row": row,
            "name": row.customer or w.unnamed,
            "by": {"agent": w.you if row.assignee and view == "mine" else "", "assistant": w.assistant}.get(
                row.last_author or "", ""
            ),
            "last": row.last_line[:_ROW_TEXT],
            "channel": w.of(w.channels, row.channel),
            "tongue": w.languages[row.language],
            "since": stamp(row.waiting_since),
            "waits": w.waits.format(ago(row.waiting_since, now, w)) if row.waiting_since else "",
            "intent": w.of(w.intents, row.intent) if row.intent else "",
            "share": share(row.confidence),
        }
        for row in rows
    ]
    html = html_of("console_queue.html", w, rows=shown, counts=counts, view=view, views=VIEWS, opened=opened)
    return part("queue", html, view=view)


def render_talk(case: Case | None, missing: bool, w: ConsoleWords) -> str:
    """The head and the lines of a conversation, with private notes where they were written.

    Args:
        case: the open one; ``None`` for none.
        missing: whether one was asked for that is not there (any more).
        w: words.
    """
    if case is None:
        return part("talk", html_of("console_talk.html", w, case=None, missing=missing), conversation="")
    lines = [_line(line, w) for line in case.lines]
    notes = [
        {"kind": "note", "at": stamp(n.at), "text": n.text, "name": n.author, "key": f"n{n.id}"} for n in case.notes
    ]
    told: list[dict[str, Any]] = sorted([*lines, *notes], key=lambda x: x["at"])
    row = case.row
    last = next((x for x in reversed(case.lines) if x.author), None)
    unanswered = last is not None and last.author == "customer"
    html = html_of(
        "console_talk.html",
        w,
        case=case,
        missing=False,
        told=told,
        name=row.customer or w.unnamed,
        free=row.status in ("waiting", "handed_off") and not case.mine,
        share=share(row.confidence),
    )
    return part(
        "talk",
        html,
        conversation=case.conversation,
        mine="1" if case.mine else "",
        # A draft is wanted for the line that nobody has answered, once.
        wants=last.key if case.mine and unanswered and last and not case.automatic and case.draft is None else "",
        tongue=case.language,
    )


def render_reply(case: Case | None, w: ConsoleWords) -> str:
    """The reply box and the note box; always the same skeleton, so that nothing typed is ever replaced."""
    ready = case is not None and case.mine
    said = {f"say_{name}": getattr(w, name) for name in _SAID}
    styles = case.styles if case is not None else STYLES
    box = html_of("console_reply.html", w, ready=ready, opened=case is not None, styles=styles)
    return part("reply", box, **said)


def render_hints(case: Case | None, w: ConsoleWords, currency: str | None = None) -> str:
    """What was understood: the sense in the agent's language, and the wishes as chips that can be changed.

    Args:
        case: the open one.
        w: words.
        currency: of the prices shown, for a budget that names none.
    """
    if case is None:
        return part("hints", "")
    shop = words(w.lang)
    bar = render_bar(case.ledger, (), None, shop, currency=currency)
    gist = case.gist if case.language != w.lang else ""
    wished = case.ledger != Constraints()
    return part("hints", html_of("console_hints.html", w, gist=gist, bar=bar, wished=wished))


def render_draft(case: Case | None, w: ConsoleWords, *, outdated: bool) -> str:
    """The open draft with its sources, and what the customer may ask next.

    Args:
        case: the open one.
        w: words.
        outdated: whether a draft was shown before that the customer has made void.
    """
    if case is None:
        return part("draft", "", draft="", text="")
    draft = case.draft
    html = html_of(
        "console_draft.html",
        w,
        case=case,
        draft=draft,
        sources=[_source(source, w) for source in draft.sources] if draft else (),
        claims=_claims(draft, w) if draft else "",
    )
    return part(
        "draft",
        html,
        conversation=case.conversation,
        draft=str(draft.id) if draft else "",
        text=draft.text if draft else "",
        outdated="1" if outdated else "",
    )


def render_told(kind: str, text: str, once: str, conversation: str = "") -> str:
    """The result of what was done, for eyes and for screen readers.

    Args:
        kind: ``done``, ``sent``, ``noted`` or ``refused``.
        text: what is said.
        once: differs each time.
        conversation: the one it was done to, which may not be open any more.
    """
    html = html_of("console_told.html", EN, kind=kind, text=text)
    return part("told", html, kind=kind, once=once, conversation=conversation)


def stamp(moment: datetime | None) -> str:
    """A time as the page's script reads it; empty for none."""
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def ago(moment: datetime, now: datetime, w: ConsoleWords) -> str:
    """How long ago something was, in words."""
    seconds = max((now - moment).total_seconds(), 0)
    if seconds < _MINUTE:
        return w.now
    for unit, form in ((_DAY, w.days), (_HOUR, w.hours), (_MINUTE, w.minutes)):
        if seconds >= unit:
            return form.format(int(seconds // unit))
    raise AssertionError("every time is at least a minute here")


def share(probability: float | None) -> str:
    """A probability as people write it."""
    return "" if probability is None else f"{round(100 * probability)}%"


def _line(line: Line, w: ConsoleWords) -> dict[str, Any]:
    customer = line.author == "customer"
    return {
        "kind": line.author,
        "key": line.key,
        "at": stamp(line.at),
        "text": line.text if customer else render_prose(line.text),
        "name": line.name,
        "lang": "zh" if line.language == "zh" else "en",
        "turn": line.turn,
        "intent_key": line.intent,
        "intent": w.of(w.intents, line.intent) if customer and line.intent else "",
        "share": share(line.confidence),
        "unsure": line.low_confidence,
        "corrected": line.corrected,
        "gist": line.gist,
    }


def _source(source: Source, w: ConsoleWords) -> dict[str, Any]:
    kinds = {"product": w.source_product, "policy": w.source_policy, "order": w.source_order}
    return {
        "kind": kinds[source.kind],
        "title": source.title or source.ref,
        "text": source.text,
        "facts": source.facts,
        "warning": w.found_by_name if source.matched_by == "name" else "",
    }


def _claims(draft: Suggestion, w: ConsoleWords) -> str:
    c = draft.claims
    return w.checked.format(checked=c.checked, repaired=c.repaired, replaced=c.replaced, unsupported=c.unsupported)


def html_of(template: str, w: ConsoleWords, **values: Any) -> str:
    """A template of the console, drawn."""
    return TEMPLATES.get_template(template).render(w=w, **values)
