"""The variables of a blurb prompt, filled from a record and a request.

Knows which forms of the record a prompt may ask for. Does not know how a record is read, nor prompts' wording.
"""

from __future__ import annotations

from assistant.generation.evidence import Evidence
from assistant.generation.facts import Facts
from assistant.generation.listing import brief, prose
from assistant.generation.phrasing import Phraser
from assistant.generation.points import Points, shown
from assistant.generation.prompts import Prompt
from assistant.generation.slots import one_line
from assistant.lexicon import Lexicon
from assistant.types import ReplyLanguage

_REQUEST_LENGTH = 160


def prompt_values(
    prompt: Prompt, evidence: Evidence, request: str, language: ReplyLanguage, phraser: Phraser, lexicon: Lexicon
) -> dict[str, str]:
    """The variables a blurb prompt declares, each one harmless line.

    ``facts``, ``request`` and ``opening`` come from the record and the shopper; others from the prompt's own defaults.
    """
    values = {"request": one_line(request, _REQUEST_LENGTH)}
    if "opening" in prompt.variables:
        values["opening"] = Facts(phraser, evidence, request, language).lead()
    if "facts" in prompt.variables:
        values["facts"] = _facts(prompt, evidence, request, language, phraser, lexicon)
    return {k: v for k, v in {**prompt.defaults, **values}.items() if k in prompt.variables}


def _facts(
    prompt: Prompt, evidence: Evidence, request: str, language: ReplyLanguage, phraser: Phraser, lexicon: Lexicon
) -> str:
    shape = prompt.facts
    if shape.form == "prose":
        return prose(evidence, request, language, phraser, shape)
    if shape.form == "record":
        return brief(evidence, request, language, phraser, lexicon, shape)
    told = {key: prompt.defaults[key] for key in ("length", "focus") if key in prompt.defaults}
    return shown(Points(phraser, lexicon).chosen(evidence, request, language, **told), language)
