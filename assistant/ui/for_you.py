"""What the page shows for one shopper: a row of products with reasons, and the switch that turns it off.

Knows how suggestions and the switch look; finds nothing and remembers nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.for_you import Suggestion
from assistant.generation.replies.wording import spaced
from assistant.ui.cards import CardRenderer
from assistant.ui.templating import TEMPLATES
from assistant.ui.texts import ZH, Words

NOTHING = '<section class="for-you" hidden></section>'
"""Where the whole shop wants nothing of it, there is nothing to see and nothing to turn off."""


def render_for_you(
    suggestions: Sequence[Suggestion], cards: CardRenderer, words: Words, *, wanted: bool, both: bool = False
) -> str:
    """The part of the page.

    Args:
        suggestions: best first; none before there is something to go by.
        cards: how a card looks.
        words: interface words.
        wanted: whether what the shopper does is noted and used; if not, no suggestion is shown.
        both: whether the switch speaks both languages, as the welcome does.
    """
    views = [{**cards.view(one.card, words), "reason": reason(one, words)} for one in (suggestions if wanted else ())]
    return TEMPLATES.get_template("for_you.html").render(
        w=words, cards=views, wanted=wanted, spoken=(words, ZH) if both and words is not ZH else (words,)
    )


def reason(suggestion: Suggestion, words: Words) -> str:
    """Why a product is shown: "Because you looked at …", "Goes with … in your cart"."""
    texts = words.goes_because if suggestion.goes_with else words.because
    text = texts[suggestion.doing].format(suggestion.because.title_in(words.lang))
    return spaced(text) if words.lang == "zh" else text
