"""What people write in a conversation, on the shopper's page: a part of its own that fills by itself.

Knows how their words look; who may write, and how the page comes by more, is decided elsewhere. A shopper sees the name
of an agent, never what agents note for each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from assistant.sessions import Sessions
from assistant.store.desk import HumanMessage
from assistant.ui.prose import render_prose
from assistant.ui.templating import TEMPLATES
from assistant.ui.texts import Words


def from_people(messages: Sequence[HumanMessage]) -> tuple[HumanMessage, ...]:
    """The messages a shopper has not written themselves."""
    return tuple(message for message in messages if message.author != "customer")


def by_turn(messages: Sequence[HumanMessage]) -> Mapping[int, tuple[HumanMessage, ...]]:
    """Messages by the turn they stand after."""
    return {n: tuple(m for m in messages if m.after_turn == n) for n in {m.after_turn for m in messages}}


def render_people(
    messages: Sequence[HumanMessage], conversation: str, silent: bool, w: Words, *, after: int = 0
) -> str:
    """What people wrote, oldest first.

    Args:
        messages: theirs.
        conversation: its id, by which the page leaves out what is of another one.
        silent: whether a person has the conversation, so that more may come.
        w: interface words.
        after: the id of the last message the page shows above, from which it asks for more.
    """
    shown = [
        {
            "id": message.id,
            "name": w.shop if message.author == "assistant" else (message.name or w.colleague),
            "text": render_prose(message.text),
        }
        for message in messages
    ]
    template = TEMPLATES.get_template("people.html")
    html = template.render(messages=shown, conversation=conversation, silent=silent, after=after, w=w)
    return str(Markup(html))


def words_of(sessions: Sessions, conversation: str, after: int, w: Words) -> tuple[str, bool]:
    """What people wrote by now, and whether one of them has the conversation, so that more may come.

    Args:
        sessions: keeps the conversations.
        conversation: the one to look into.
        after: the id of the last message the page shows above.
        w: interface words.

    Returns:
        The part as HTML, and whether a person has the conversation.
    """
    silent = sessions.silent(conversation)
    messages = [m for m in from_people(sessions.people(conversation)) if m.id > after]
    return render_people(messages, conversation, silent, w, after=after), silent
