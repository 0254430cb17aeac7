"""Sizes: clothes (L码, "in XL"), shoes (42码, "US 9"), screens and wheels (27寸, "13 inch"), beds ("queen").

Gives "42", "L", "27 inch" whatever the language. Knows nothing of which product they belong to, but for beds, whose
sizes are ordinary words elsewhere.
"""

from __future__ import annotations

import re

from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.lengths import read_lengths
from assistant.understanding.parsing.numbers import count_of, parse_han

_LETTER = r"(?:xxs|xs|[2-6]xl|[2-5]xs|x{2,5}l|xl|s|m|l)"
_WORD_SIZES = {
    "extra small": "XS",
    "x-small": "XS",
    "small": "S",
    "medium": "M",
    "large": "L",
    "extra large": "XL",
    "extra-large": "XL",
    "x-large": "XL",
    "xx-large": "XXL",
    "double extra large": "XXL",
    "one size": "one size",
}
_WORDS = "|".join(sorted(_WORD_SIZES, key=len, reverse=True))
# 能装15寸电脑的包: the size of what goes in, not of what is wanted.
_HOLDS_ZH = compiled(r"(?:能|可以|可|够)?(?:装得?下?|放得?下?|容纳|收纳)\d{1,2}(?:\.\d)?\s?(?:英寸|寸)")
_INCH = compiled(
    r"(?<![\w.])(?P<n>\d{1,3}(?:\.\d{1,2})?)(?:\s?-?\s?(?:inch(?:es|er)?\b|in\b(?=\s+(?:screen|tv"
    r"|monitor|laptop|tablet|display|wheels?|rims?|pan|skillet|knife))|''|\")|\s?(?:英寸|寸"
    r"|吋))(?:的(?!话))?"
)
_INCH_HAN = compiled(r"(?P<n>[一二三四五六七八九十两]{1,4})(?:英寸|寸|吋)(?:的(?!话))?")
_CODE_ZH = compiled(
    r"(?<![\w.])(?P<n>\d{2,3}(?:\.5)?|[三四]十[一二三四五六七八九]?)\s?(?:码"
    r"|号码)(?P<half>半)?(?:的(?!话))?(?:鞋码|尺码)?"
)
# Beside shoes a bare number of their range is their size: 皮鞋 41.5; 单鞋，38; 42.5的.
_SHOES_ZH = compiled(r"[鞋靴]|凉拖|人字拖|洞洞拖|(?<=[一两三几])双(?![肩层人面])|[大小][一半两]码")
_BARE_SHOE_ZH = compiled(
    r"(?:(?<=[,;:、/ \u4e00-\u9fff\x1e\x1f])|\A)(?<!第)(?<![¥￥$])(?P<n>3[4-9](?:\.5)?|4[0-8](?:\.5)?)(?:的|号)?"
    r"(?:\s*(?:或者?|和|、|/)(?=\s*[\x1f\d]))?(?=\s*(?:\Z|[,;:!?、\x1f]|3[4-9]|4[0-8]|[一两]双))"
)
# 只要L和XL的: letters joined by a Chinese word.
_LETTERS_ZH = compiled(
    rf"(?<![a-z0-9])(?P<n>{_LETTER})\s?(?:码|号)?(?P<more>(?:\s*(?:和|或者?|还是|跟|与|、)\s*{_LETTER}(?![a-z0-9])(?:码"
    rf"|号)?)+)(?:的(?!话))?"
)
_LETTER_ZH = compiled(rf"(?<![a-z0-9])(?P<n>{_LETTER})\s?(?:码|号)(?:的(?!话))?")
_ABBREVIATED_ZH = compiled(r"(?P<n>加大|特大|均|加加大)码(?:的(?!话))?")
_SYSTEM = compiled(
    r"(?<![a-z])(?P<system>us|eu|uk)\s?(?:men's |women's |mens "
    r"|womens )?(?:size )?(?P<n>\d{1,2}(?:\.5)?)(?![\d.\w])"
)
# 码 counts in European sizes: EU 43码, 欧码41.
_EURO_ZH = compiled(
    r"(?<![a-z])(?:eu|欧|欧洲)\s?(?:码|size)?\s?(?P<n>\d{2}(?:\.5)?)\s?码(?:的(?!话))?|(?:eu|欧"
    r"|欧洲)\s?码\s?(?P<m>\d{2}(?:\.5)?)(?![\d.])(?:的(?!话))?"
)
_SYSTEM_AFTER = compiled(r"(?<![\w.$€£¥])(?:size )?(?P<n>\d{1,2}(?:\.5)?)\s?\(?(?P<system>us|eu|uk)\b\)?")
_SIZE = compiled(
    rf"(?:\bin )?(?:\ban? |\bthe |\bmy )?\bsizes?(?:\s*(?:is|are|:|of|no\.?"
    rf"|number))?\s*(?P<n>\d{{1,3}}(?:\.\d)?(?:\s?[x×-]\s?\d{{1,3}})?|{_LETTER}|{_WORDS}|queen|king|twin"
    rf"|full|double|single)(?![\w%])"
    rf"(?P<more>(?:\s*(?:,|/|or|and|to)\s*(?:a )?(?:size )?(?:\d{{1,2}}(?:\.5)?|{_LETTER})(?![\w%.]))*)"
)
_SIZE_AFTER = compiled(
    rf"(?:\bin )?(?:\ban? )?(?<![\w.])(?P<n>{_LETTER}|{_WORDS}|queen|king|twin xl|twin|full|double"
    rf"|single)[ -]sizes?d?\b"
)
_SIZE_WORD_ZH = compiled(
    rf"(?:尺码|尺寸|码数|码|鞋码)\s*(?:是|要|选|:|为|换成|大概)*\s*(?P<n>\d{{2,3}}(?:\.5)?"
    rf"|{_LETTER})(?![\w.])(?:的(?!话))?"
)
_IN_NUMBER = compiled(
    r"(?<!\d )(?<!two )(?<!three )\bin (?:an? |my |the )?(?P<n>\d{1,2}(?:\.5)?)(?![\w.%]|\s*(?:\"|'|days?|hours?"
    r"|weeks?|minutes?"
    r"|months?|years?|pieces?|pcs|colou?rs?|packs?|sets?|steps?|[-x×]|in 1|or \d+ (?:days|hours"
    r"|weeks)))(?P<more>\s*(?:or|and)\s*(?:an? )?\d{1,2}(?:\.5)?(?![\w.%]))?"
)
_IN_LETTER = compiled(
    rf"\b(?:in|in an?|take an?|wear an?|i'm an?|i am an?|need an?|make (?:it|that) an?|make (?:it|that)|want an?"
    rf"|have an?"
    rf"|the|any|(?:he|she|who|wife|husband|son|daughter|dad|mum|mom|mother|father|brother|sister|friend|mine|they)"
    rf"(?:'s| is| are|'re) an?|wears? an?|takes? an?|needs? an?)\s+(?P<n>(?<!['])(?:xxs|xs|[2-6]xl|x{{2,5}}l|xl"
    rf"|{_WORDS}|s|m|l))(?=\s*(?:\Z|[,.;!?\x1f]"
    rf"|\b(?:or|and|who|so|please|pls|if|for|but|under|that|size|instead|then|available|left"
    rf"|in)\b))(?P<more>\s*(?:or|and)\s*(?:an? )?{_LETTER}(?!\w))?"
)
_BARE_LETTER = compiled(r"(?<![\w'-])(?P<n>xxs|xs|xl|xxl|xxxl|[2-6]xl)(?![\w'-])(?:的(?!话))?")
_BED = compiled(
    r"(?<![a-z])(?P<n>california king|twin xl|queen|king|twin|full|double"
    r"|single)(?=(?: [a-z]+){0,2} (?:mattress(?:es)?|beds?|bedding|sheets?|duvets?|comforters?|quilts?"
    r"|bed frames?|headboards?|blankets?|bedspreads?|box springs?)\b)"
)
_IN_BED = compiled(r"\bin (?:an? )?(?P<n>california king|twin xl|queen|king|twin|double)(?=\s*(?:\Z|[,.;!?\x1f]))")
_METRE_BED_ZH = compiled(
    r"(?P<n>[一二12]\s?(?:米|m)\s?[一二三四五六七八九0-9]|\d\.\d\s?(?:米|m))(?=(?:宽|长)?的?(?:床|床垫"
    r"|四件套|被|沙发|窗帘))"
)
_BRA = compiled(r"(?<![\w.])(?P<n>(?:3[0-9]|4[0-4]|[67-9][05])[a-g])(?![\w])(?:杯|罩杯|码)?(?:的(?!话))?")
_WAIST = compiled(
    r"(?<![\w.])(?:w(?P<w>\d{2})\s?[/x ]?\s?l(?P<l>\d{2})|(?P<n>(?:2[4-9]|3\d"
    r"|4[0-4])\s?[x×/]\s?(?:2[6-9]|3[0-8])))(?![\w.])|(?:waist(?: size)? (?P<a>\d{2})"
    r"|(?P<b>\d{2})[ -](?:inch )?waist)(?![\w])"
)
_DIMENSION = compiled(
    r"(?<![\w.])(?P<n>\d{2,3}\s?(?:cm)?\s?[x×*]\s?\d{2,3}(?:\s?[x×*]\s?\d{2,3})?\s?(?:cm|mm|厘米|公分"
    r"|毫米)?)(?![\w.])(?:的(?!话))?"
)
_SMALL_DIMENSION = compiled(
    r"(?<![\w.])(?P<n>\d{1,2}(?:\.\d)?\s?(?:ft|feet|m|')?\s?[x×]\s?\d{1,2}(?:\.\d)?\s?(?:ft|feet|m(?!l)|'|inch(?:es)?"
    r"|in)?)"
    r"(?![\w.%]|\s?(?:pack|gb|tb|ml|g|kg|zoom|speed)\b)"
)
# A bed size said alone in a list: "mattress topper, cooling gel, queen".
_BED_LISTED = compiled(
    r"(?<=[,;] )(?P<n>california king|twin xl|queen|king|twin|double|single|full)(?=\s*(?:\Z|[,.;!?\x1f]|under\b"
    r"|please\b))"
)
_BEDDING = compiled(r"\b(?:mattress|bed|bedding|sheets?|duvet|comforter|quilt|topper|blanket|headboard|pillow)")
_SHOE_ZH = compiled(
    r"(?:穿|要|有|换|拿|给我|来|码)(?:个|双)?\s?(?P<n>3[4-9](?:\.5)?|4[0-8](?:\.5)?)(?:的"
    r"|号)(?=\s*(?:\Z|[,.!?;吗么没呢吧\x1f鞋靴]))"
)
_SHOE = compiled(
    r"\b(?:shoes|sneakers|trainers|boots|sandals|heels|loafers|slippers|tops|flats|pumps|cleats"
    r"|clogs)(?:[ ,]+(?:black|white|brown|grey|red|blue|navy|in|mens|womens|men's"
    r"|women's))*[ ,]+(?P<n>3[4-9](?:\.5)?|4[0-8](?:\.5)?)(?![\w.%$€£])"
    r"(?P<more>\s*(?:or|and|/)\s*(?:an? )?\d{2}(?:\.5)?(?![\w.%]))?"
)
_TROUSERS = compiled(
    r"\b(?:jeans|chinos|pants|trousers|slacks|cargos|joggers|leggings|shorts|corduroys|cords|suit|blazer|shirt|dress"
    r"|skirt)"
    r"[ ,]+(?P<n>2[4-9]|3\d|4[0-8]|[68]|1[02468])(?=\s*(?:\Z|[,.;!?]))"
)
_WORDED = (
    r"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen"
    r"|nineteen)"
)
_INCH_WORDS = compiled(rf"(?<![a-z-])(?P<n>{_WORDED})[ -]inch(?:es|er)?\b(?! deep)")
_SIZE_WORDS = compiled(rf"\b(?:in (?:an? )?)?(?:an? )?size (?P<n>{_WORDED})(?![a-z-])")
_CAPITAL = compiled(r"(?:(?<=[,;:] )|(?<=[,;、(]))[SML](?=\s*(?:\Z|[,;.、)!?]|please\b|pls\b|in\b|under\b|for\b))")
_CAPITAL_PAIR = compiled(r"(?<![\w'])(?:[SML]|X{1,3}[SL])(?:\s*(?:or|and|/|&)\s*(?:[SML]|X{1,3}[SL]))+(?![\w'])")
_CAPITALS = compiled(r"[SML]|X{1,3}[SL]")
# "men's large", and alone in a list of what is worn: "gloves, black, medium".
_FITTED = compiled(
    rf"\b(?:men's|mens|women's|womens|kids'?|boys'?|girls'?|adult|youth|unisex)\s+(?P<n>{_WORDS})(?=\s*(?:\Z|[,.;!?)]"
    rf"|in\b))"
    rf"|(?<=[,;(] )(?P<m>{_WORDS})(?=\s*(?:\Z|[,.;!?)]))"
)
_WORN = compiled(
    r"\b(?:shirt|t-?shirt|tee|top|blouse|sweater|sweatshirt|jumper|hoodie|cardigan|jacket|coat|parka|blazer|vest|dress"
    r"|skirt"
    r"|pants|trousers|jeans|shorts|leggings|joggers|sock|glove|mitten|hat|helmet|bra|underwear|boxer|brief|pyjama"
    r"|pajama"
    r"|robe|bathrobe|swimsuit|bikini|jersey|polo|jumpsuit|tights|raincoat|wetsuit|apron|costume|kimono|fleece|harness)"
    r"(?:s|es)?\b"
)
_SWAP_ZH = compiled(
    r"(?:换|穿|拿)(?:成|个|双|件)?\s?(?P<n>3[4-9](?:\.5)?|4[0-8](?:\.5)?)(?=\s*(?:\Z"
    r"|[,.!?;吧呢吗\x1f]))"
)
_SWAP_LETTER_ZH = compiled(
    rf"(?:换|改|要|来|穿|拿|选|买)(?:成|为|个|件|条|双)*\s?(?P<n>{_LETTER})(?![a-z0-9])(?:的(?!话)|吧|呢)?"
    r"(?=\s*(?:\Z|[,.!?;\x1f]|吧|呢|谢))"
)
# M也行, 38有吗: a size alone before what is asked of it.
_ALSO_ZH = compiled(
    rf"(?:(?<![a-z0-9])(?P<n>{_LETTER})(?=[也都][行可成要])"
    r"|(?:(?<=[,.;!? ])|\A)(?P<m>3[4-9](?:\.5)?|4[0-8](?:\.5)?)(?=有吗|有没有?|还有|有货|也[行可]))"
)
_CHANGE_ZH = compiled(r"(?:换|改)个?\s?(?:尺码|码|大小|size)")
# Without a letter or a digit only Chinese words can name a size.
_WRITTEN = compiled(r"[a-z0-9]")
_NAMED_ZH = compiled(r"[寸吋码米尺]|大小")
_RANGE_OF = compiled(rf"(?:\d{{1,2}}(?:\.5)?|{_LETTER})(?![\w.])")


def _tidy(raw: str) -> str:
    raw = raw.strip()
    if raw in _WORD_SIZES:
        return _WORD_SIZES[raw]
    if re.fullmatch(_LETTER, raw):
        return raw.upper()
    return re.sub(r"\s*([x×*])\s*", "x", raw) if re.search(r"\d\s*[x×*]", raw) else raw


def read_sizes(draft: Draft) -> tuple[str, ...]:
    """Every size of a message in its plain form; strikes what it read. Prices must have been read before."""
    found: list[tuple[int, str]] = []

    def take(pattern: re.Pattern[str], form: str = "{n}", mark: str = BREAK) -> None:
        for match in pattern.finditer(draft.left):
            groups = match.groupdict()
            value = form.format(n=_tidy(groups["n"] or groups["m"] or ""), system=(groups.get("system") or "").upper())
            found.append((match.start(), value))
            found.extend(
                (match.start() + 1 + i, _tidy(m)) for i, m in enumerate(_RANGE_OF.findall(groups.get("more") or ""))
            )
            draft.strike(match.start("n") if pattern in (_SHOE, _TROUSERS) else match.start(), match.end(), mark)

    def take_capitals(pattern: re.Pattern[str]) -> None:
        for match in pattern.finditer(draft.text):
            if BREAK not in draft.left[match.start() : match.end()]:
                found.extend((match.start() + m.start(), m.group()) for m in _CAPITALS.finditer(match.group()))
                draft.strike(match.start(), match.end())

    def take_han_inches() -> None:
        for match in _INCH_HAN.finditer(draft.left):
            value = parse_han(match["n"])
            if value:
                found.append((match.start(), f"{value[0]:g} inch"))
                draft.strike(match.start(), match.end())

    def take_codes() -> None:
        for match in _CODE_ZH.finditer(draft.left):
            han = parse_han(match["n"])
            value_text = match["n"] if match["n"][0].isdigit() else f"{han[0]:g}" if han else match["n"]
            found.append((match.start(), value_text + (".5" if match["half"] else "")))
            draft.strike(match.start(), match.end())

    if _WRITTEN.search(draft.left) is None:
        if _NAMED_ZH.search(draft.left):
            take_han_inches()
            take_codes()
            take(_ABBREVIATED_ZH, "{n}码")
            take(_METRE_BED_ZH)
            draft.strike_all(_CHANGE_ZH)
        return tuple(dict.fromkeys(value for _, value in sorted(found)))
    take(_DIMENSION)
    take(_SMALL_DIMENSION)
    found += read_lengths(draft)
    draft.strike_all(_HOLDS_ZH, GAP)
    take(_INCH, "{n} inch", " ")
    take_han_inches()
    for pattern, unit in ((_INCH_WORDS, " inch"), (_SIZE_WORDS, "")):
        for match in pattern.finditer(draft.left):
            if (worded := count_of(match["n"])) is not None:
                found.append((match.start(), f"{worded}{unit}"))
                draft.strike(match.start(), match.end(), " ")
    for match in _WAIST.finditer(draft.left):
        value_text = match["n"] or match["a"] or match["b"] or f"{match['w']}x{match['l']}"
        found.append((match.start(), _tidy(value_text)))
        draft.strike(match.start(), match.end())
    for match in _EURO_ZH.finditer(draft.left):
        found.append((match.start(), match["n"] or match["m"]))
        draft.strike(match.start(), match.end())
    take(_SYSTEM, "{system} {n}")
    take(_SYSTEM_AFTER, "{system} {n}")
    take_codes()
    take(_LETTERS_ZH)
    take(_LETTER_ZH)
    take(_ABBREVIATED_ZH, "{n}码")
    take(_SIZE)
    take(_SIZE_WORD_ZH)
    take(_SIZE_AFTER, mark=" ")
    take(_BED, mark=" ")
    take(_IN_BED)
    if _BEDDING.search(draft.low):
        take(_BED_LISTED)
    take(_METRE_BED_ZH)
    for match in _BRA.finditer(draft.left):
        found.append((match.start(), match["n"].upper()))
        draft.strike(match.start(), match.end())
    if _SHOES_ZH.search(draft.low):
        take(_BARE_SHOE_ZH)
    take(_SHOE_ZH)
    take(_SHOE)
    take(_TROUSERS)
    take(_SWAP_ZH)
    take(_SWAP_LETTER_ZH)
    take(_ALSO_ZH)
    take_capitals(_CAPITAL_PAIR)
    take(_IN_NUMBER)
    take(_IN_LETTER)
    take(_BARE_LETTER)
    take_capitals(_CAPITAL)
    for match in _FITTED.finditer(draft.left):
        if match["n"] or _WORN.search(draft.low):
            found.append((match.start(), _WORD_SIZES[match["n"] or match["m"]]))
            draft.strike(match.start(), match.end())
    draft.strike_all(_CHANGE_ZH)
    return tuple(dict.fromkeys(value for _, value in sorted(found)))
