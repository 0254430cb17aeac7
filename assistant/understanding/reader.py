"""One call that reads a message whole: language, intent, constraints, and what only matters in a conversation.

The classifier proposes an intent from the words; where the parser proves one of the taxonomy's rules, the rule decides:
a named type is a search and no refinement, a bare constraint is a refinement, a superlative over a type is a
search. Everything else is the classifier's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.lexicon import Lexicon, fold, simplify, words
from assistant.types import Constraints, Reading, Understanding
from assistant.understanding.constraints import ConstraintParser
from assistant.understanding.intent import IntentClassifier, IntentPrediction
from assistant.understanding.language import detect_language
from assistant.understanding.parsing.revisions import Revision

# Longer messages are read by their beginning: no wish needs more, and the cost of a message stays bounded.
_READ = 4_000
_MEANING = re.compile(r"\w")
_CART = re.compile(r"\b(?:cart|basket|bag|trolley|check ?out)\b|购物车|车里|结算|下单", re.I)
_BUYING = re.compile(
    r"(?:想|要|打算|准备|需要|求)(?:买|购|入手|入|添)|买(?:个|一|条|台|部|双|件|把|点|些)|有没有卖"
    r"|\b(?:want|wanna|like|need|looking|hoping|trying)\s+to\s+(?:buy|get|order|find)\b|\b(?:looking|searching|shopping)\s+for\b",
    re.I,
)
# A message that is nothing but an amount of money or two changes the bounds of a search: "15-35 dollars", 两百到三百.
_ONLY_MONEY = re.compile(
    r"(?:\s|[\d.,~–—$€£¥￥-]|[零一二两三四五六七八九十百千万几]|to|and|between|up|under|below|max|around|about|roughly|say|please|k"
    r"|usd|cny|rmb|eur|gbp|dollars?|bucks?|euros?|pounds?|quid|yuan|元|块钱?|美元|美金|欧元|英镑|人民币|到|至|左右|以内|以下|之间|吧|的|就)+[.!?。！？]*",
    re.I,
)
_TERSE = 7
_TERSE_FIX = 14
_MISREAD_RECALL = frozenset({"manage_cart", "smalltalk", "out_of_scope", "complaint_feedback", "check_availability"})
_LISTING = frozenset({"product_search", "refine_results", "browse_ideas", "recommend_complement"})
_FRAME = frozenset(
    "a an the some any i we me us you need want wanna would like looking look for please do have got get buy find show "
    "to can could is there new good nice pair of hi hello hey and in with sell there's i'd i'm 'd 'm "
    "我 想 要 买 购 来 个 一 条 台 件 双 把 张 本 只 支 部 款 有 吗 没 请 给 找 看 推 荐 新 的 点 些 需 求 呢 嘛 呀 啊 "
    "你 们 这 儿 店 里 卖 套 盏 瓶 盒 包 袋 辆 根 副 块".split()
)
_PACKAGING = frozenset({"gift", "gift wrap"})
# Where the classifier is surer than this, a rule no longer overrules it: the better a message proves the rule, the
# surer it must be. "Cheaper" is a refinement by definition, a type with a bound nearly always a search, bounds a hint.
_SURE = {"cheaper": 0.99, "taken back": 0.9, "type with bound": 0.9, "bounds": 0.6}
# What is taken back here is an order or a basket, not a filter: "cancel what I just ordered", 刚下的单撤回吧.
_NOT_THE_SEARCH = frozenset({"modify_cancel_order", "order_status", "return_refund", "account_privacy", "manage_cart"})
_BESIDE_A_TYPE = frozenset({"product_question", "check_promotion", "compare_products", "check_availability"})
_MISREAD_CHEAPER = frozenset({"compare_products", "product_search", "browse_ideas", "product_question", "manage_cart"})
# Intents that what the message names may change however sure the classifier is.
_REREAD = frozenset({"refine_results", "browse_ideas"})
_MISREAD_BOUNDS = frozenset(
    {
        "product_search",
        "manage_cart",
        "unsafe",
        "check_promotion",
        "shipping_delivery",
        "return_refund",
        "modify_cancel_order",
        "speak_to_human",
        "out_of_scope",
        "complaint_feedback",
    }
)


# Intents that never concern a position of the list, and those that do.
_POINTLESS = frozenset({"out_of_scope", "smalltalk", "order_status", "account_privacy", "unsafe", "shipping_delivery"})
_POINTING = (
    "product_question",
    "compare_products",
    "check_availability",
    "manage_cart",
    "check_promotion",
    "recommend_complement",
    "refine_results",
)


class Reader:
    """Classifier and parser together. Stateless; safe to share."""

    def __init__(self, classifier: IntentClassifier, parser: ConstraintParser, lexicon: Lexicon) -> None:
        self._classifier = classifier
        self._parser = parser
        self._lexicon = lexicon

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """Intent, calibrated confidence, language and constraints of each text, in order."""
        heads = [text[:_READ] for text in texts]
        plain = [simplify(text) for text in heads]
        predictions = self._classifier.predict(plain) if heads else []
        out = []
        for text, simplified, predicted in zip(heads, plain, predictions, strict=True):
            revision = self._parser.revision(simplified)
            if predicted.confidence >= _SURE["taken back"]:
                revision = _of_search(revision, simplified, predicted.intent)
            intent, confidence = self._settle(simplified, predicted, revision)
            constraints = self._parser.parse(_besides(text, revision, intent), intent=intent)
            out.append(Understanding(intent, confidence, detect_language(text), constraints))
        return out

    def read(self, text: str) -> Reading:
        """The message as the dialogue needs it; its constraints are in simplified characters, as catalogues are."""
        head = text[:_READ]
        understanding = self.understand([simplify(head)])[0]
        if not _MEANING.search(head):
            return Reading(head, understanding)
        parser = self._parser
        revision = _of_search(parser.revision(simplify(head)), simplify(head), understanding.intent)
        besides = _besides(head, revision, understanding.intent)
        reading = Reading(
            head,
            understanding,
            parser.cleared_fields(besides),
            parser.mentions_relative_price(besides),
            parser.wants_more(besides),
            parser.result_count(besides),
            parser.parse(simplify(besides)),
        )
        if revision.undo:
            return replace(reading, revises="undo", allowed=revision.allowed)
        if revision.corrects and understanding.intent in _LISTING:
            return replace(reading, revises="correct", amount=revision.amount)
        if revision.recall:
            mended = " ".join(parser.correct(t) if t.isascii() else t for t, _, _ in words(fold(revision.rest)))
            named = mended if mended.isascii() else fold(revision.rest)
            return replace(reading, revises="recall", recalled=named, of_list=revision.of_list)
        return reading

    def refinement(self, text: str) -> Constraints:
        """The constraints a message means where it narrows a search under way."""
        return self._parser.parse(simplify(text), intent="refine_results")

    def _is_type(self, phrase: str, text: str) -> bool:
        """Whether a phrase names a product type of the lexicon, misspelt ones included."""
        mentions = self._lexicon.mentions(fold(phrase), ("product",))
        if not mentions and len(words(fold(text))) <= _TERSE:
            # Only a terse message hangs on a misspelt noun; in a sentence an odd word is more likely just that.
            mentions = self._lexicon.mentions(fold(self._parser.correct(phrase)), ("product",))
        # "The gift set, then" says how the goods should come, not what they are.
        return bool(mentions) and any(c.key not in _PACKAGING for c in mentions[-1].concepts)

    def _relative(self, text: str) -> bool:
        return self._parser.mentions_relative_price(text) is not None

    def _only_a_wish(self, text: str) -> bool:
        """Whether nothing stands in the message but a thing, how it should be, and words such as "do you have any"."""
        low = fold(text)
        if any(t not in _FRAME and t not in self._lexicon.tokens for t, _, _ in words(low)):
            return False  # as most messages: what is neither a frame word nor in any name is left below too
        left = low
        for mention in reversed(self._lexicon.mentions(low)):
            left = left[: mention.start] + " " + left[mention.end :]
        return all(t in _FRAME for t, _, _ in words(left))

    def _settle(self, text: str, predicted: IntentPrediction, revision: Revision) -> tuple[str, float]:
        """The classifier's intent, or the one a rule of the taxonomy proves; the confidence covers what was merged."""
        intent = self._revised(predicted.intent, revision) or self._rule(text, predicted)
        if intent == predicted.intent:
            return intent, predicted.confidence
        return intent, _merged(predicted.distribution, intent, predicted)

    def _revised(self, intent: str, revision: Revision) -> str | None:
        """The intent of a message that undoes a turn or puts one right, whatever the classifier made of its brevity."""
        if revision.undo:
            return "refine_results"
        rest = revision.rest
        if revision.recall and revision.of_list and intent in _MISREAD_RECALL:
            return "refine_results"
        if not revision.corrects or _CART.search(rest) or len(words(fold(rest))) > _TERSE_FIX:
            return None
        said = self._parser.parse(rest)
        if said.references:
            return None
        if said.product is not None and self._is_type(said.product, rest):
            return "product_search" if intent in _LISTING or self._only_a_wish(rest) else None
        bounded = said.price_min is not None or said.price_max is not None or revision.amount is not None
        if bounded or said.currency or said.sizes or _narrows(said):
            return intent if intent in ("browse_ideas", "recommend_complement") else "refine_results"
        return None

    def _rule(self, text: str, predicted: IntentPrediction) -> str:
        intent, sure = predicted.intent, predicted.confidence
        if intent in _MISREAD_BOUNDS and _ONLY_MONEY.fullmatch(text.strip()):
            amount = self._parser.parse(text)
            if amount.price_min is not None or amount.price_max is not None:
                return "refine_results"
        plainly = self._only_a_wish(text)
        cheaper = intent in _MISREAD_CHEAPER and sure < _SURE["cheaper"]
        if not plainly and not cheaper and sure >= _SURE["type with bound"] and intent not in _REREAD:
            return intent  # no rule below applies, so the message need not be parsed to know
        said = self._parser.parse(text)
        typed = said.product is not None and self._is_type(said.product, text)
        bounded = said.price_min is not None or said.price_max is not None
        wished = plainly or (sure < _SURE["type with bound"] and _BUYING.search(text) is not None)
        if wished and typed and not said.references and intent != "browse_ideas":
            return "product_search"
        if intent == "refine_results" and typed and not self._relative(text) and not said.references:
            # Read as a search, the same type must stand out: "her mum is strict about sugar" asks for none.
            wanted = self._parser.parse(text, intent="product_search").product
            if wanted is not None and self._is_type(wanted, text):
                return "product_search"
        if intent == "browse_ideas" and said.references:
            return "recommend_complement"
        if cheaper and not typed and not _CART.search(text) and self._relative(text):
            return "refine_results"
        if sure < _SURE["type with bound"] and typed:
            if said.sort in ("price_asc", "price_desc") and intent in _BESIDE_A_TYPE and not said.references:
                return "product_search"
            if bounded and intent not in ("product_search", "browse_ideas", "recommend_complement"):
                return intent if _CART.search(text) or said.references else "product_search"
        if sure >= _SURE["bounds"]:
            return intent
        bare = not said.product and not said.references and not _CART.search(text)
        if bare and intent in _MISREAD_BOUNDS and (bounded or _narrows(said)):
            return _likelier(predicted, ("refine_results", "browse_ideas"))
        if said.references and intent in _POINTLESS:
            return _likelier(predicted, _POINTING)
        return intent


def _of_search(revision: Revision, text: str, intent: str) -> Revision:
    """The revision, unless the intent says that what is taken back or put right is no search."""
    taken_back = revision.undo or revision.corrects
    return Revision(text) if taken_back and intent in _NOT_THE_SEARCH else revision


def _besides(text: str, revision: Revision, intent: str) -> str:
    """What a message says besides undoing a turn or owning up to a slip; the whole of it where it does neither."""
    return revision.rest if revision.undo or (revision.corrects and intent in _LISTING) else text


def _likelier(predicted: IntentPrediction, among: Sequence[str]) -> str:
    """The label of ``among`` that the classifier gives most; the first where it gives none of them anything."""
    return max(among, key=lambda label: predicted.distribution.get(label, 0.0))


def _narrows(said: Constraints) -> bool:
    return bool(
        said.exclude_terms or said.exclude_colors or said.exclude_brands or said.colors or said.brands or said.sort
    )


def _merged(distribution: Mapping[str, float], intent: str, predicted: IntentPrediction) -> float:
    """The probability of what the classifier chose and of what the rule put in its place, together at most 1."""
    return min(1.0, predicted.confidence + distribution.get(intent, 0.0))
