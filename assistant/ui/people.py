"""What people write in a conversation, on the shopper's page: a part of its own that fills by itself.

Knows how their words look and how to wait for more; who may write is decided elsewhere. A shopper sees the name of an
agent, never what agents note for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from markupsafe import Markup

from assistant.sessions import Sessions
from assistant.store.desk import HumanMessage
from assistant.ui.prose import render_prose
from assistant.ui.templating import TEMPLATES
from assistant.ui.texts import Words

LOOK_SECONDS = 1.0
"""Between two looks for new words; one row of the database each."""

LISTEN_SECONDS = 50.0
"""A page listens this long at a time, and then asks again: nobody is listened for who has left."""


def from_people(messages: Sequence[HumanMessage]) -> tuple[HumanMessage, ...]:
    """The messages a shopper has not written themselves."""
    return tuple(message for message in messages if message.author != "customer")


def by_turn(messages: Sequence[HumanMessage]) -> Mapping[int, tuple[HumanMessage, ...]]:
    """Messages by the turn they stand after."""
    return {n: tuple(m for m in messages if m.after_turn == n) for n in {m.after_turn for m in messages}}


def render_people(messages: Sequence[HumanMessage], conversation: str, silent: bool, w: Words) -> str:
    """What people wrote, oldest first.

    Args:
        messages: theirs.
        conversation: its id, by which the page leaves out what is of another one.
        silent: whether a person has the conversation, so that more may come.
        w: interface words.
    """
    shown = [
        {
            "id": message.id,
            "name": w.shop if message.author == "assistant" else (message.name or w.colleague),
            "text": render_prose(message.text),
        }
        for message in messages
    ]
    html = TEMPLATES.get_template("people.html").render(messages=shown, conversation=conversation, silent=silent, w=w)
    return str(Markup(html))


async def new_words(sessions: Sessions, conversation: str, after: int, w: Words) -> AsyncIterator[str]:
    """Wait for what people write, without holding a thread.

    Args:
        sessions: keeps the conversations.
        conversation: the one to listen in.
        after: the id of the last message the page shows above.
        w: interface words.

    Yields:
        The part as HTML: at once, and whenever there is more, until it is time to ask again or nobody has it any more.
    """
    shown: str | None = None
    for _ in range(round(LISTEN_SECONDS / LOOK_SECONDS)):
        html, silent = await asyncio.to_thread(_look, sessions, conversation, after, w)
        if html != shown:
            shown = html
            yield html
        if not silent:
            return
        await asyncio.sleep(LOOK_SECONDS)


def _look(sessions: Sessions, conversation: str, after: int, w: Words) -> tuple[str, bool]:
    silent = sessions.silent(conversation)
    messages = [m for m in from_people(sessions.people(conversation)) if m.id > after]
    return render_people(messages, conversation, silent, w), silent
