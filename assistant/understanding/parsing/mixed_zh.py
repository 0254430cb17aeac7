"""English wishes inside a Chinese sentence: backpack 要 lightweight 的, 要 waterproof 和 portable 的.

Finds the English words a Chinese verb of wanting asks for, and frees what stands before the verb. Knows nothing of
purely English or purely Chinese clauses, which have grammars of their own.
"""

from __future__ import annotations

from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.products import ProductForms
from assistant.understanding.parsing.vocabulary import BOUNDARIES, GENERIC, MATERIALS, QUALITIES

_PHRASE = r"[a-z][a-z0-9'+-]*(?: [a-z0-9][a-z0-9'+-]*){0,3}"
_DEMAND = compiled(
    r"(?:一定|必须|最好|还是|尽量|希望|只|就|也|还|再|更|想|我|得|最)*(?:要|必须|最好|得|需要|希望|喜欢|想要|求)(?:是|有|带|够|能|可以|比较|很|更|那种|有点|特别)*"
    rf"\s*(?P<t>{_PHRASE}(?:\s*(?:和|跟|、|且|又|或者?|以及|还要|,?\s?and|&|\+)\s*{_PHRASE}){{0,3}})"
    r"\s*(?:一?点|一些|些|款)?(?:的(?!话))?(?=\s*(?:\Z|[,.;!?\x1f\x1e]|就|吧|谢|最好|那种|哈))"
)
_JOINT = compiled(r"\s*(?:和|跟|、|且|又|或者?|以及|还要|,?\s?\band\b|&|\+)\s*")
# laptop 要16GB的: what was measured has been read, the verb that asked for it is left.
_ASKED = compiled(rf"(?<=[a-z0-9])\s*(?:只|就|想)?(?:要|有|带|得)(?:是|有)?\s*{GAP}+\s*的?(?=\s*(?:\Z|[,.;!?\x1f]))")


def read_mixed(draft: Draft, forms: ProductForms) -> tuple[str, ...]:
    """The English properties Chinese words ask for, as written; strikes them with the words that ask."""
    out: list[str] = []
    draft.strike_all(_ASKED)
    for match in _DEMAND.finditer(draft.left):
        at = match.start("t")
        spans: list[tuple[int, int]] = []
        begin = 0
        for joint in [*_JOINT.finditer(match["t"]), None]:
            end = joint.start() if joint else len(match["t"])
            spans.append((at + begin, at + end))
            begin = joint.end() if joint else end
        if all(_describes(draft.left[start:end].split(), forms) for start, end in spans):
            out += [draft.written(start, end).strip() for start, end in spans]
            draft.strike(match.start(), match.end(), BREAK)
    return tuple(out)


def _describes(words: list[str], forms: ProductForms) -> bool:
    """Whether English words say how a thing should be, and are no thing themselves."""
    if not words or all(word in GENERIC or word in BOUNDARIES for word in words):
        return False
    if all(word in QUALITIES or word in MATERIALS for word in words):
        return True
    return not forms.english_suffix(words)


def english_property(written: str, forms: ProductForms) -> bool:
    """Whether an English clause beside a Chinese one says how the thing should be (RGB, eye-care), and is no name."""
    words = written.split()
    if not 0 < len(words) <= 3 or (written[0].isupper() and not written.isupper()):
        return False
    return len(written) > 2 and _describes(written.lower().split(), forms)


_ATTRIBUTES = compiled(r"(?P<words>[a-z][a-z-]*(?: [a-z][a-z-]*){0,2}) ?(?=[\u4e00-\u9fff])")


def english_attribute(text: str) -> int:
    """How much of a Chinese thing's front is an English word for how it is (noise cancelling耳机); 0 where none is."""
    match = _ATTRIBUTES.match(text)
    if match is None:
        return 0
    words = match["words"].split()
    told = all(word in QUALITIES or word in MATERIALS for word in words) or "-".join(words) in QUALITIES
    return match.end() if told else 0
