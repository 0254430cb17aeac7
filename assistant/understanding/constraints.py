"""The constraint parser: a shopper's message becomes the fields of the schema.

Puts the readers of :mod:`assistant.understanding.parsing` in order, each striking what it has read, and sorts what is
unwanted into colours, brands and properties. Knows nothing of a catalogue but the brand names it is handed, and nothing
of the conversation: "cheaper" alone sets no bound here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from assistant.lexicon import Lexicon, singular
from assistant.types import Constraints
from assistant.understanding.parsing import asides
from assistant.understanding.parsing.brands import BrandHit, Brands
from assistant.understanding.parsing.colors import Colors
from assistant.understanding.parsing.draft import BREAK, GAP, MAX_CHARACTERS, Draft, clean, compiled
from assistant.understanding.parsing.facts_zh import strike_facts
from assistant.understanding.parsing.makeup_en import part_makeup
from assistant.understanding.parsing.matching import Hit
from assistant.understanding.parsing.mixed_zh import read_mixed
from assistant.understanding.parsing.negation import Unwanted, read_unwanted
from assistant.understanding.parsing.negation_zh import read_unwanted_zh
from assistant.understanding.parsing.ordering import read_sort, read_stock
from assistant.understanding.parsing.pivots import carried, halves
from assistant.understanding.parsing.price import read_price
from assistant.understanding.parsing.product_en import read_product, read_return, read_specs
from assistant.understanding.parsing.product_zh import read_product_zh, read_return_zh, read_specs_zh
from assistant.understanding.parsing.products import ProductForms
from assistant.understanding.parsing.properties_en import PropertyForms
from assistant.understanding.parsing.quantity import read_quantity
from assistant.understanding.parsing.references import read_references
from assistant.understanding.parsing.refusals import read_refusals
from assistant.understanding.parsing.revisions import Revision, read_revision
from assistant.understanding.parsing.sizes import read_sizes
from assistant.understanding.parsing.typos import CueMender
from assistant.understanding.parsing.vocabulary import AUDIENCE, BOUNDARIES, GENERIC, MATERIALS, QUALITIES

_HAN = compiled(r"[\u3400-\u9fff]")
# Messages remembered: as many as may be read at the same time, not a conversation.
_REMEMBERED = 64
_PRODUCT = Literal["grammar", "lexicon", "matching", "return", "none"]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which fields a message of an intent can state, and how its product is read."""

    product: _PRODUCT = "none"
    price: bool = False
    order: bool = False
    sizes: bool = False
    quantity: bool = False
    looks: bool = False
    brands: bool = False
    unwanted: bool = False
    references: Literal["open", "strict", "none"] = "none"
    pairs: bool = False


_WISH = _Scope("grammar", True, True, True, True, True, True, True, "strict")
_SCOPES: dict[str | None, _Scope] = {
    None: replace(_WISH, product="lexicon"),
    "product_search": _WISH,
    "refine_results": replace(_WISH, product="return", references="open"),
    "browse_ideas": replace(_WISH, product="none", quantity=False),
    "recommend_complement": replace(_WISH, product="matching", references="open"),
    "compare_products": _Scope(brands=True, references="open", pairs=True),
    "product_question": _Scope(references="open", pairs=True),
    "check_availability": _Scope(
        "lexicon", sizes=True, looks=True, brands=True, quantity=True, references="open", pairs=True
    ),
    "check_promotion": _Scope("lexicon", references="open"),
    "manage_cart": _Scope("lexicon", sizes=True, looks=True, quantity=True, references="open", pairs=True),
    "shipping_delivery": _Scope(references="strict"),
    "payment_invoice": _Scope(references="strict"),
    "warranty_repair": _Scope(references="strict"),
    "return_refund": _Scope(references="strict"),
}
_SILENT = _Scope()
_WISHES = frozenset({None, "product_search"})

_CART = compiled(
    r"\b(?:(?:in|into|to|from|out of|inside|of)\s+)?(?:my|the|your|our)?\s*(?:(?:shopping )?(?:cart"
    r"|basket|bag|trolley|order)|购物车|购物篮)(?![a-z])(?! (?:for|with|that|under))|购物车|购物篮"
)
_WITH_MINE = compiled(
    r"\b(?:for|with|match(?:es|ing)?|suits?|fits?|to go with|goes? with|beside|next to|on)\s+(?:my|our"
    r"|his|her|their|this|that|these|those|the|an?|it)\b[^,.;!?\x1f]*?(?=\s*(?:\Z|[,.;!?\x1f]"
    r"|\bunder\b|\bbelow\b|\bin (?:black|white|grey|gray|red|blue|green|brown|pink|size)\b|\bbut\b"
    r"|\bnot\b|\bno\b|\bwithout\b|\band (?:a|under|no|not)\b))"
)
_MINE_ZH = compiled(
    r"(?:给|替|为)?(?:我|他|她|家里|我家)?的?(?:这|那)?[^,.;!?]{1,14}?(?=(?:想|要|需要|得|该|缺)?(?:配"
    r"|搭)(?!件|饰|料))"
)
_FOR_MINE_ZH = compiled(
    r"(?:给|替|为)(?:我|他|她|家里|我家)(?:家)?的[^,.;!?]{1,12}?(?=(?:想|要|再|也)?(?:买|找|选|挑|换"
    r"|添|来|弄))"
)
_BOUGHT = compiled(
    r"(?:\A|(?<=[,.;!?]))[^,.;!?]*?(?:\b(?:i|we)(?:'ve| have)? (?:just |already |recently )*(?:bought"
    r"|got|ordered|own|have)\b|买了|入了|有了|下单了|收到了|已经有)[^,.;!?]*(?=[,.;!?])"
)
_FOR_BEFORE = compiled(r"\bfor (?:(?:my|the|an?|his|her|our|their|use with) )?(?:[\w'-]+ ){0,2}\Z")
_COMPATIBLE_ZH = compiled(
    r"(?:手机|电脑|平板|笔记本|手表|相机|耳机|pad|游戏机)?(?:也)?(?:能|可以|可)?(?:插(?![座排头线花])|专用|适用|通用"
    r"|兼容|用的|上用|口(?![味感红罩香])|卡口|能用|用得上|配套)"
)
_COMPATIBLE = compiled(
    r"\b(?:compatible with|works? with|fits?|fitting|suit(?:s|able for)|(?:made|designed|meant|intended) for"
    r"|replacement for)"
    r"(?: (?:my|the|an?|any|all|our|his|her))?\s*\Z"
)
_SEEKING = compiled(
    r"\b(?:look(?:ing)?|search(?:ing)?|shop(?:ping)?|hunt(?:ing)?|market|brows(?:e|ing)|budget"
    r"|\d) for (?:[\w'-]+ ){0,3}\Z"
)
_ONLY = compiled(
    r"\b(?:only|just|prefer|rather|make (?:it|them|that)|want|need|like|something|anything|be|with|in"
    r"|has|have)(?: (?:a|an|the|some|any|more|really|very|be|have|in|with|of|is|it"
    r"|them))*\s+(?P<term>[a-z][a-z'-]*(?: [a-z][a-z'-]*){0,2}?)(?: (?:ones?|models?|versions?"
    r"|options?|instead|please|pls|then|if possible))*\s*(?=\Z|[,.;!?\x1f]|\bplease\b|\bthen\b"
    r"|\binstead\b|\bones?\b)"
)
_PRAISE = frozenset("better nicer best good great fine perfect nice lovely ideal".split())
# "rust coloured", "red-and-black": the joint goes with the colours.
_COLORED = compiled(r"[ -]colou?red\b|-(?:and|n)-(?=[a-z])")
_DRESSING_ZH = compiled(r"[款色系]+的?")


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a message states besides its product, and what was left unread for that."""

    constraints: Constraints
    specs: tuple[str, ...]
    draft: Draft


class ConstraintParser:
    """Reads constraints out of messages in English, Chinese or both. Safe to share between threads.

    The last few messages are remembered in parts: one message is asked about several times before it is understood.
    """

    def __init__(self, lexicon: Lexicon, brands: Iterable[str] = ()) -> None:
        self._forms = ProductForms(lexicon)
        self._properties = PropertyForms(lexicon)
        self._colors = Colors(lexicon)
        self._brands = Brands(lexicon, brands)
        named = {word for concept in lexicon.concepts for form in concept.en for word in form.lower().split()}
        self._mender = CueMender(
            BOUNDARIES | GENERIC | QUALITIES | MATERIALS | AUDIENCE | named | {singular(word) for word in named}
        )
        self._prepared = lru_cache(_REMEMBERED)(self._prepare)
        self._wished = lru_cache(_REMEMBERED)(self._wish)

    def parse(self, text: str, *, intent: str | None = None) -> Constraints:
        """The constraints a message states; whatever it leaves open is ``None`` or empty.

        Args:
            text: the message; only its first 2,000 characters are read.
            intent: the label of the message where it is known. It decides which fields a message can state at all
                ("where's order 90-1177" names no price) and how its product is found.
        """
        scope = _SCOPES.get(intent, _SILENT)
        if scope == _SILENT:
            return Constraints()
        if scope.unwanted and (parts := halves(text[:MAX_CHARACTERS])):
            first = self.parse(parts[0], intent=intent)
            second = self.parse(carried(first, parts[1]), intent=intent)
            if second != Constraints():
                return _corrected(first, second)
        # Whether it is a search or not yet known, the same is stated; only the product is found in another way.
        stated = self._wished(text) if intent in _WISHES else self._stated(self._draft(text), scope, intent)
        draft = stated.draft.copy()
        product, terms = self._product(draft, scope, intent)
        out = stated.constraints
        if scope.unwanted:
            out = replace(out, terms=tuple(dict.fromkeys((*terms, *stated.specs))))
        return replace(out, product=product)

    def cleared_fields(self, text: str) -> frozenset[str]:
        """The names of the fields the shopper lifts ("forget the price", 颜色无所谓); all of them for "start over"."""
        draft = self._draft(text)
        read_price(draft)
        return asides.cleared_fields(draft)

    def mentions_relative_price(self, text: str) -> Literal["cheaper", "dearer"] | None:
        """Whether cheaper or dearer ones are asked for without a number."""
        draft = self._draft(text)
        read_price(draft)
        read_sort(draft)
        return asides.relative_price(draft)

    def wants_more(self, text: str) -> bool:
        """Whether the next ones of the same search are asked for ("show more", 换一批)."""
        return asides.wants_more(self._draft(text))

    def result_count(self, text: str) -> int | None:
        """How many results are asked for ("show me three", "only that one"); ``None`` where it is left open."""
        draft = self._draft(text)
        read_price(draft)
        return asides.result_count(draft)

    def wants_only_one(self, text: str) -> bool:
        """Whether a single result is asked for."""
        return self.result_count(text) == 1

    def revision(self, text: str) -> Revision:
        """What the message does to the turns before it: undoes one, puts one right, asks for a list again."""
        return read_revision(self._draft(text))

    def correct(self, product: str) -> str:
        """A product name with slips mended towards the lexicon ("sandels" → "sandals"); others come back unchanged."""
        return self._forms.correct(clean(product))

    def _draft(self, text: str) -> Draft:
        return self._prepared(text).copy()

    def _prepare(self, text: str) -> Draft:
        return Draft(self._mender.repair(clean(text)))

    def _wish(self, text: str) -> _Stated:
        return self._stated(self._draft(text), _WISH, None)

    def _stated(self, draft: Draft, scope: _Scope, intent: str | None) -> _Stated:
        low = None
        high = None
        currency = None
        references: tuple[int, ...] = ()
        strike_facts(draft, sizes=scope.sizes)
        # Where bare numbers can point at products, sizes ("in size 8 or 9") are read before them.
        sizes = read_sizes(draft) if scope.sizes and scope.pairs else ()
        if scope.pairs or scope.product == "matching":
            references = self._references(draft, scope)
        if scope.product == "matching":
            _strike_owned(draft)
        if scope.price:
            # "1 or 3" is read before prices only where bare numbers can point at products.
            price = read_price(draft)
            low, high, currency = price.low, price.high, price.currency
            asides.cleared_fields(draft)
        stock = read_stock(draft) if scope.order else None
        sort = read_sort(draft) if scope.order else None
        if not scope.pairs and scope.product != "matching":
            references = self._references(draft, scope)
        if scope.price:
            asides.relative_price(draft)
        if intent == "refine_results":
            asides.wants_more(draft)
        if scope.order:
            asides.result_count(draft)
        if intent == "manage_cart":
            draft.strike_all(_CART)
        if scope.sizes and not scope.pairs:
            sizes = read_sizes(draft)
        specs = (*read_specs(draft),) if scope.unwanted else ()
        quantity = read_quantity(draft, ordering=intent == "manage_cart") if scope.quantity else None
        colors = (
            [hit for hit in self._colors.find(draft.low) if _unread(draft, hit.start, hit.end)] if scope.looks else []
        )
        brands = [hit for hit in self._brands.find(draft) if _unread(draft, hit.start, hit.end)] if scope.brands else []
        brands = [hit for hit in brands if not _of_a_device(draft.low, hit)]
        out = Constraints(
            price_min=low,
            price_max=high,
            currency=currency,
            sizes=sizes,
            sort=sort,
            in_stock_only=stock,
            quantity=quantity,
            references=references,
        )
        if scope.unwanted:
            out = _exclude(draft, out, colors, brands, self._forms)
        return _Stated(_include(draft, out, colors, brands), specs, draft)

    def _references(self, draft: Draft, scope: _Scope) -> tuple[int, ...]:
        if scope.references == "none":
            return ()
        return read_references(draft, strict=scope.references == "strict", pairs=scope.pairs)

    def _product(self, draft: Draft, scope: _Scope, intent: str | None) -> tuple[str | None, tuple[str, ...]]:
        chinese = _HAN.search(draft.left) is not None or (
            _HAN.search(draft.text) is not None and not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", draft.left)
        )
        if scope.product == "return":
            back = read_return_zh(draft, self._forms) if chinese else read_return(draft, self._forms)
            terms = self._refined_terms(draft, chinese)
            return back, tuple(term for term in terms if back is None or term not in back)
        if scope.product == "none":
            return None, self._refined_terms(draft, chinese) if scope.unwanted and intent != "browse_ideas" else ()
        known_only = scope.product == "lexicon"
        if chinese:
            more = (*read_specs_zh(draft), *read_mixed(draft, self._forms)) if scope.unwanted else ()
            product, terms = read_product_zh(
                draft, self._forms, known_only=known_only, matching=scope.product == "matching"
            )
            return product, (*terms, *more)
        part_makeup(draft)
        more = self._properties.read(draft, self._forms) if scope.unwanted else ()
        product, terms = read_product(
            draft, self._forms, self._properties, known_only=known_only, others=scope.product != "matching"
        )
        return product, (*terms, *more)

    def _refined_terms(self, draft: Draft, chinese: bool) -> tuple[str, ...]:
        """The properties a refinement asks for ("only velvet ones", 要电子的)."""
        if chinese:
            product, terms = read_product_zh(draft, self._forms, refining=True)
            if not product or len(product) > 8:
                return terms
            at = draft.text.find(product)
            return (*terms, "带" + product if at > 0 and draft.low[at - 1] == "带" else product)
        part_makeup(draft)
        more = self._properties.read(draft, self._forms)
        found = [
            draft.written(m.start("term"), m.end("term"))
            for m in _ONLY.finditer(draft.left)
            if not any(word in BOUNDARIES or word in GENERIC or word in _PRAISE for word in m["term"].split())
        ]
        _, described = read_product(draft, self._forms, self._properties, described=True)
        return tuple(dict.fromkeys((*found, *described, *more)))


def _corrected(first: Constraints, second: Constraints) -> Constraints:
    """What holds after a second thought: what it states, and of the first what it leaves open."""
    kept = first.to_dict()
    if second.price_min is not None or second.price_max is not None:
        kept["price_min"] = kept["price_max"] = None
    said = {name: value for name, value in second.to_dict().items() if value not in (None, [])}
    for wanted, refused in (("brands", "exclude_brands"), ("colors", "exclude_colors"), ("terms", "exclude_terms")):
        # "Nike shoes, no wait, not Nike": what the second thought refuses is no longer wanted, and the other way round.
        kept[wanted] = _without(kept[wanted], said.get(refused, ()))
        kept[refused] = _without(kept[refused], said.get(wanted, ()))
    return Constraints.from_dict(kept | said)


def _without(words: Iterable[str], others: Iterable[str]) -> list[str]:
    gone = {other.casefold() for other in others}
    return [word for word in words if word.casefold() not in gone]


def _unread(draft: Draft, start: int, end: int) -> bool:
    return BREAK not in draft.left[start:end] and GAP not in draft.left[start:end]


def _strike_owned(draft: Draft) -> None:
    """Strike the thing at hand from a wish for something to go with it: its colour and brand are no constraints."""
    draft.strike_all(_BOUGHT)
    draft.strike_all(_WITH_MINE)
    draft.strike_all_zh(_MINE_ZH)
    draft.strike_all_zh(_FOR_MINE_ZH)


def _of_a_device(low: str, hit: BrandHit) -> bool:
    """Whether a brand only says what the thing is for ("a strap for Apple Watch")."""
    before = low[max(0, hit.start - 40) : hit.start]
    if _COMPATIBLE_ZH.match(low, hit.end):
        return True
    if _COMPATIBLE.search(before):
        return True
    return _FOR_BEFORE.search(before) is not None and _SEEKING.search(before) is None


def _exclude(
    draft: Draft, out: Constraints, colors: list[Hit[str]], brands: list[BrandHit], forms: ProductForms
) -> Constraints:
    """Read what is unwanted and sort each thing into colour, brand or property; taken hits leave the two lists."""
    refused, owned = read_refusals(draft, [(h.start, h.end) for h in brands], [(h.start, h.end) for h in colors])
    unwanted = read_unwanted_zh(draft) + read_unwanted(draft)
    colors_all = tuple(colors)
    no_colors = [hit.value for hit in colors if hit.start in refused]
    no_brands = [draft.written(hit.start, hit.end) for hit in brands if hit.start in refused]
    brands[:] = [hit for hit in brands if hit.start not in refused and hit.start not in owned]
    colors[:] = [hit for hit in colors if hit.start not in refused and hit.start not in owned]
    said_no = {draft.low[hit.start : hit.end].removesuffix("色") for hit in colors_all if hit.start in refused}
    no_terms: list[str] = []
    for item in sorted(unwanted, key=lambda u: u.start):
        inside_colors = [h for h in colors if h.start < item.end and item.start < h.end]
        inside_brands = [h for h in brands if h.start < item.end and item.start < h.end]
        rest = _rest(
            draft,
            item,
            [(h.start, h.end) for h in inside_colors] + [(h.start, h.end_with_suffix) for h in inside_brands],
        )
        for brand in inside_brands:
            no_brands.append(draft.written(brand.start, brand.end))
            brands.remove(brand)
        for color in inside_colors:
            colors.remove(color)
        if (inside_brands or inside_colors) and rest.isascii() and forms.is_english(rest.lower().split()):
            # "no Apple or Samsung phones": phones are wanted, of other makers.
            at = draft.low.rfind(rest.lower(), item.start, item.end)
            if at >= 0:
                draft.left = draft.left[:at] + draft.low[at : at + len(rest)] + draft.left[at + len(rest) :]
                rest = ""
        if rest and inside_colors:
            no_terms.append(draft.written(item.start, item.end).strip())
        else:
            no_colors += [color.value for color in inside_colors]
            said_no |= {draft.low[color.start : color.end].removesuffix("色") for color in inside_colors}
            if rest:
                no_terms.append(rest)
    # 你给我看的都是红的，我不要红的: the same word refused once is wanted nowhere.
    for hit in tuple(colors):
        if draft.low[hit.start : hit.end].removesuffix("色") in said_no:
            colors.remove(hit)
            draft.strike(hit.start, hit.end)
    return replace(
        out,
        exclude_colors=tuple(dict.fromkeys(no_colors)),
        exclude_brands=tuple(dict.fromkeys(no_brands)),
        exclude_terms=tuple(dict.fromkeys(no_terms)),
    )


def _rest(draft: Draft, item: Unwanted, spans: list[tuple[int, int]]) -> str:
    """What an unwanted thing says beside its colour or brand, in the shopper's words."""
    kept = "".join(draft.text[i] for i in range(item.start, item.end) if not any(s <= i < e for s, e in spans))
    kept = kept.strip(" -'\"" + GAP + BREAK)
    if spans:
        words = [w for w in kept.split() if w.lower() not in GENERIC and w.lower() not in BOUNDARIES]
        kept = " ".join(words)
        kept = re.sub(r"^-?colou?red$", "", kept)
        kept = "" if re.fullmatch(r"[色的系款牌家种类]*", kept) else kept
    return kept


def _include(draft: Draft, out: Constraints, colors: list[Hit[str]], brands: list[BrandHit]) -> Constraints:
    """Take the colours and brands that are left as wanted, and strike them inside their phrases."""
    wanted_colors: list[str] = []
    for color in colors:
        before = draft.low[max(0, color.start - 30) : color.start]
        if (
            _FOR_BEFORE.search(before)
            and not _SEEKING.search(before)
            and re.search(r"\bfor (?:my|his|her|our|their)\b", before)
        ):
            continue
        wanted_colors.append(color.value)
        end = color.end
        if said := _COLORED.match(draft.left, end):
            end = said.end()
        dressing = _DRESSING_ZH.match(draft.left, end)
        if dressing and _HAN.search(draft.text[color.start : color.end]):
            end = dressing.end()
        draft.strike(color.start, end, GAP)
    names: list[str] = []
    for brand in brands:
        names.append(draft.written(brand.start, brand.end))
        draft.strike(brand.start, brand.end_with_suffix, GAP)
    return replace(out, colors=tuple(dict.fromkeys(wanted_colors)), brands=tuple(dict.fromkeys(names)))
