"""What of a product is embedded, what is searched by keyword, and how texts are compared word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

import rjieba

from assistant.lexicon import fold, words
from assistant.types import Product

_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
#: A phrase right after one of these is not stated, nor is one right before ``FREE``.
NEGATORS = frozenset({"no", "not", "without", "non", "never", "无", "不", "非", "免"})
FREE = "free"
_STOP = frozenset(
    "a an the and or of for to in on at by with from as is are was be been it its this that these those i me my you "
    "your we our he she his her they their what which who whom how when where why can could would should will shall "
    "may do does did have has had not no any some one up down out so if than then too very just get give want need "
    "like please 的 了 是 我 你 您 他 她 它 们 在 有 和 与 也 都 就 还 很 吗 呢 吧 啊 把 给 被 让 要 想 个 这 那 哪 "
    "什么 怎么 多少".split()
)
_MAX_ATTRIBUTES = 10
_MAX_DESCRIPTION = 420


def tokens(text: str) -> list[str]:
    """Keyword tokens: English words folded to the singular, Chinese by dictionary segmentation; function words go."""
    low = fold(text)
    out = [token for token, _, _ in words(low) if not _HAN_RUN.match(token) and token not in _STOP]
    for run in _HAN_RUN.findall(low):
        out += [token for token in rjieba.cut_for_search(run) if token not in _STOP]
    return out


def token_line(text: str) -> str:
    """The text as `` token token … `` with every Han character apart, so that a phrase is a plain substring test."""
    return " " + " ".join(token for token, _, _ in words(fold(text))) + " "


def states(line: str, phrase_line: str) -> bool:
    """Whether a token line states a phrase at least once without a negator right before it ("no leather", "无糖")."""
    start = line.find(phrase_line)
    while start >= 0:
        before = line[:start].rsplit(None, 1)[-1:] or [""]
        after = line[start + len(phrase_line) :].split(None, 1)[:1]
        if before[0] not in NEGATORS and after != [FREE]:
            return True
        start = line.find(phrase_line, start + 1)
    return False


def attribute_text(product: Product) -> str:
    """The attributes as ``name value`` phrases; a true flag is its name, a false one is left out."""
    parts = []
    for name, value in list(product.attributes.items())[:_MAX_ATTRIBUTES]:
        label = str(name).replace("_", " ")
        if value is True:
            parts.append(label)
        elif value is not None and value is not False:
            parts.append(f"{label} {value}")
    return ", ".join(parts)


def document(product: Product) -> str:
    """The text that is embedded: both languages where the catalogue has them, most telling parts first."""
    parts = [product.title, ", ".join(product.category), product.brand or "", product.color or ""]
    for translation in product.translations.values():
        parts += [str(translation.get("title") or ""), str(translation.get("category") or "")]
    parts += [product.description[:_MAX_DESCRIPTION]]
    parts += [str(t.get("description") or "")[:120] for t in product.translations.values()]
    parts += [attribute_text(product)]
    return ". ".join(p for p in parts if p)


def keyword_document(product: Product) -> list[str]:
    """The tokens BM25 sees; title and type count double because they say what the product is."""
    head = [product.title, product.type, product.brand or ""]
    head += [str(t.get("title") or "") for t in product.translations.values()]
    body = [product.description, " ".join(product.category), product.color or "", attribute_text(product), product.sku]
    body += [str(t.get("description") or "") for t in product.translations.values()]
    return tokens(" ".join(head)) * 2 + tokens(" ".join(body))


class Part(IntEnum):
    """Where in a record something is stated. ``ATTRIBUTE`` are the leading ones, as in :func:`attribute_text`."""

    OTHER = 0
    TITLE = 1
    TITLE_ZH = 2
    DESCRIPTION = 3
    ATTRIBUTE = 4


def claims(product: Product) -> list[tuple[Part, str]]:
    """Everything the record states about the product, piece by piece; no phrase spans two of them."""
    found = [(Part.TITLE, product.title), (Part.DESCRIPTION, product.description)]
    found += [(Part.OTHER, text) for text in (product.brand, product.color, *product.category) if text]
    for language, translation in product.translations.items():
        parts = {"title": Part.TITLE_ZH, "description": Part.DESCRIPTION} if language == "zh" else {}
        found += [(parts.get(name, Part.OTHER), str(value)) for name, value in translation.items()]
    for place, (name, value) in enumerate(product.attributes.items()):
        label = str(name).replace("_", " ")
        if value is False or value is None:
            continue
        part = Part.ATTRIBUTE if place < _MAX_ATTRIBUTES else Part.OTHER
        found.append((part, label if value is True else f"{label} {value}"))
    return [(part, text) for part, text in found if text]


def claims_line(product: Product) -> str:
    """What :func:`claims` gives as one token line."""
    return " | ".join(token_line(text).strip() for _, text in claims(product)).join((" ", " "))


def phrase_lines(forms: Sequence[str]) -> tuple[str, ...]:
    """Surface forms as token lines ready for :func:`states`, each once, empty ones dropped."""
    return tuple(dict.fromkeys(line for form in forms if (line := token_line(form)).strip()))
