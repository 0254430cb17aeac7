"""Which passage of the shop's policies answers a question, and the reply that quotes it.

A passage is chosen by the matters it shares with the question (``matters.tsv``, both languages) and by shared words,
rarer ones weighing more; the heading counts double. The passage is quoted, never retold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

import rjieba

from assistant.catalog.policies import Passage
from assistant.errors import ConfigurationError
from assistant.generation.replies.wording import clip, has_han, sentences, variant
from assistant.lexicon import fold, words

_HEADING = 2.0
_MATTER = 2.0
_WORD = 0.6
_QUOTE = 520
_STOP = frozenset(
    "the a an is are be do does did can could will would i you we it my "
    "your our to of in on at for with and or if how what when where who "
    "which that this these those have has had me us not no so by from as "
    "any there get got s t card cards 的 了 吗 呢 吧 是 有 我 你 您 们 我们 你们 在 和 也 都 就 "
    "要 会 能 可以 怎么 什么 这 那 个 一 不 没 给 把 到 上 下 请问 啊 呀 ， 。 ？ ！ 、 ,".split()
)
#: Orders can be neither seen nor changed here; the reply says so first.
ORDER_INTENTS = frozenset({"order_status", "modify_cancel_order"})
#: The heading in the contact policy that tells how to get a person.
_REACH = re.compile(r"\breach\b|转人工", re.I)


@dataclass(frozen=True, slots=True)
class Matter:
    """Something policies deal with."""

    name: str
    pattern: re.Pattern[str]
    weight: float = 1.0


class PolicyReplies:
    """Chooses and quotes passages. Holds the table of matters only."""

    def __init__(self) -> None:
        self._matters = tuple(_load())
        self._weights = {f"#{m.name}": _MATTER * m.weight for m in self._matters}

    def reply(self, language: str, intent: str, passages: Sequence[Passage], text: str) -> list[str]:
        """The sentences that answer a question on the shop's rules, or on an order."""
        zh = language == "zh"
        if intent in ORDER_INTENTS:
            return self._on_order(language, intent, passages, text)
        found = self.choose(passages, text, default=_DEFAULT.get(intent, ""))
        if found is None:
            return [
                "这方面店里的规定我这里没有写，回复“转人工”可以问客服同事。"
                if zh
                else "I have no policy text on that. Ask for a person, and a colleague will answer."
            ]
        if intent == "check_promotion":
            lead = "关于优惠，" if zh else "On offers and prices: "
            return [self._quote(language, found, lead=lead)]
        return [self._quote(language, found, lead=_lead(language, text))]

    def choose(self, passages: Sequence[Passage], text: str, *, default: str = "") -> Passage | None:
        """The passage that shares most with the question; the first where nothing is shared; ``None`` without any.

        ``default`` is the matter taken for meant when the question names none, or only the goods concerned.
        """
        if not passages:
            return None
        question = self._features(text)
        if "#warranty length" not in question:
            question -= _GOODS
        if default and not any(f.startswith("#") for f in question):
            question.add(f"#{default}")
        held = [(self._features(p.heading), self._features(p.text)) for p in passages]
        best, best_score = passages[0], 0.0
        for passage, (heading, body) in zip(passages, held, strict=True):
            score = 0.0
            for feature in question & (heading | body):
                spread = sum(1 for h, b in held if feature in h or feature in b)
                weight = math.log(1 + len(passages) / spread) * self._weights.get(feature, _WORD)
                score += weight * (_HEADING if feature in heading else 1.0)
            if score > best_score:
                best, best_score = passage, score
        return best

    def _features(self, text: str) -> set[str]:
        low = fold(text)
        out = {f"#{m.name}" for m in self._matters if m.pattern.search(low)}
        out |= {t for t, _, _ in words(low) if not has_han(t) and len(t) > 1 and t not in _STOP}
        out |= {w for w in rjieba.cut(low) if has_han(w) and w not in _STOP and len(w) > 1}
        return out

    def _on_order(self, language: str, intent: str, passages: Sequence[Passage], text: str) -> list[str]:
        zh = language == "zh"
        if intent == "order_status":
            first = (
                variant(
                    text,
                    (
                        "抱歉让您惦记了。我这里没有接入订单系统，查不到您的包裹在哪里。",
                        "我理解您着急。不过我这里没有连接订单系统，看不到订单和物流。",
                    ),
                )
                if zh
                else variant(
                    text,
                    (
                        "I see why you ask, but no order system is connected here: I can't look up orders or parcels.",
                        "I'm sorry, I can't see orders or parcels here: no order system is connected to this chat.",
                    ),
                )
            )
        else:
            first = (
                "我这里没有接入订单系统，不能修改或取消订单，越早联系人工客服越来得及。"
                if zh
                else "No order system is connected here, so I can't change or cancel an order; best tell a person soon."
            )
        offer = (
            "回复“转人工”，客服同事会接着帮您处理。"
            if zh
            else "Say “talk to a person”, and a colleague takes it from here."
        )
        reach = next((p for p in passages if _REACH.search(p.heading)), None) or self.choose(passages, text)
        return [first, offer, *([self._quote(language, reach)] if reach else [])]

    @staticmethod
    def _quote(language: str, passage: Passage, *, lead: str = "") -> str:
        body = passage.text if len(passage.text) <= _QUOTE else clip(passage.text, _QUOTE)
        heading = passage.heading.rstrip("：:")
        if language == "zh":
            if not has_han(body):
                # Policies in English only: one short sentence, so that the reply stays a Chinese one.
                short = " ".join((sentences(body) or [body])[0].split()[:14])
                why = "这一条规定目前只有英文版，我不敢自己翻译"
                return f"{why}，开头的原文是：“{short}…”，细节请回复“转人工”问客服同事。"
            return f"{lead}店里的规定「{heading}」：“{body}”"
        return f"{lead}{heading} “{body}”" if heading.endswith("?") else f"{lead}{heading}: “{body}”"


#: The matter an intent is about when the message names goods at most ("the hairdryer smells of burning").
_DEFAULT = {"check_promotion": "coupon", "warranty_repair": "claim", "return_refund": "send back"}
#: Goods tell apart how long they are covered, nothing else.
_GOODS = {"#electronics", "#power tools", "#furniture", "#other goods"}


def _lead(language: str, text: str) -> str:
    if language == "zh":
        return variant(text, ("", "帮您查到了，", "查了一下，"))
    return variant(text, ("From our policy — ", "Our policy answers that. ", "Here is our rule. "))


def _load() -> Iterator[Matter]:
    text = files("assistant.generation.replies").joinpath("matters.tsv").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) not in (2, 3):
            raise ConfigurationError(f"matters.tsv line {number}: wanted 2 or 3 columns, got {len(cells)}")
        try:
            weight = float(cells[2]) if len(cells) == 3 else 1.0
            yield Matter(cells[0].strip(), re.compile(cells[1].strip(), re.I), weight)
        except ValueError as error:
            raise ConfigurationError(f"matters.tsv line {number}: '{cells[2]}' is no weight; write a number") from error
        except re.error as error:
            raise ConfigurationError(f"matters.tsv line {number}: {error}; mend the expression") from error
