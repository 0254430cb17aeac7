"""The names of currencies in both languages, and finding the one written at a place.

Knows words and signs only. Knows nothing of amounts: the price reader asks what stands beside a number.
"""

from __future__ import annotations

from itertools import product

from assistant.understanding.parsing.draft import compiled

# One currency a row: its names; a country before the bar of a shared name (Swiss francs) tells whose it is.
_NAMES = {
    "USD": "us$|usd|dollar|dollars|buck|bucks|$|美元|美金|美刀|刀|美钞|美圆",
    "EUR": "€|eur|euro|euros|欧元|欧|欧罗",
    "GBP": "£|gbp|pound sterling|pounds sterling|sterling|pound|pounds|quid|英镑|镑|fiver|fivers|tenner|tenners",
    "CNY": "¥|rmb|cny|cn¥|yuan|kuai|renminbi|人民币|元人民币|元|块钱|块|大洋|软妹币|圆|块人民币|元rmb|元钱|元整",
    "JPY": "jpy|yen|日元|日币|日圆|円|日金",
    "HKD": "hk$|hkd|港币|港元|港纸|港刀|港圆|港蚊|元港币|块港币",
    "TWD": "nt$|twd|ntd|新台币|台币|台元",
    "KRW": "₩|krw|won|韩元|韩币|韩圆|韩块",
    "INR": "₹|inr|rupee|rupees|卢比|印度卢比",
    "AUD": "a$|au$|aud|aud$|澳元|澳币|澳刀|澳大利亚元|澳洲元",
    "CAD": "c$|ca$|cad|cad$|加元|加币|加刀|加拿大元",
    "SGD": "s$|sg$|sgd|新币|新加坡元|新加坡币|新元|坡币",
    "CHF": "chf|franc|francs|sfr|瑞郎|瑞士法郎|法郎",
    "NZD": "nz$|nzd|新西兰元|纽币|纽元|纽刀",
    "THB": "thb|baht|bahts|泰铢|฿|泰币",
    "MYR": "myr|ringgit|ringgits|马币|令吉|马来西亚林吉特|林吉特",
    "IDR": "idr|rupiah|rupiahs|印尼盾|印尼卢比",
    "VND": "vnd|₫|dong|越南盾|越盾",
    "PHP": "₱|php|菲律宾比索",
    "MXN": "mxn|mx$|peso|pesos|墨西哥比索|比索",
    "BRL": "r$|brl|reais|雷亚尔",
    "RUB": "₽|rub|ruble|rubles|rouble|roubles|卢布",
    "PLN": "zł|pln|zloty|zlotys|zlotych|兹罗提",
    "SEK": "sek|krona|kronor|kronas|瑞典克朗",
    "NOK": "nok|挪威克朗",
    "DKK": "dkk|丹麦克朗",
    "ISK": "isk|冰岛克朗",
    "CZK": "czk|kč|koruna|korunas|korun|捷克克朗",
    "HUF": "huf|forint|forints|福林",
    "RON": "ron|lei|罗马尼亚列伊",
    "BGN": "bgn|lev|leva|列弗",
    "UAH": "uah|₴|hryvnia|hryvnias|hryvnya|格里夫纳",
    "TRY": "₺|lira|liras|土耳其里拉|里拉",
    "ILS": "₪|ils|nis|shekel|shekels|以色列谢克尔",
    "AED": "aed|dirham|dirhams|迪拉姆",
    "SAR": "sar|riyal|riyals|沙特里亚尔|里亚尔",
    "KWD": "kwd|dinar|dinars|科威特第纳尔",
    "EGP": "egp|埃及镑",
    "MAD": "摩洛哥迪拉姆",
    "ZAR": "zar|rand|rands|兰特",
    "NGN": "ngn|₦|naira|nairas|奈拉",
    "KES": "kes|ksh|shilling|shillings|肯尼亚先令",
    "GHS": "ghs|cedi|cedis|塞地",
    "MOP": "mop|pataca|patacas|澳门元|澳门币|葡币",
    "PKR": "pkr|巴基斯坦卢比",
    "LKR": "lkr|斯里兰卡卢比",
    "BDT": "bdt|taka|takas|孟加拉塔卡|塔卡",
    "KZT": "kzt|tenge|坚戈",
    "ARS": "阿根廷比索",
    "CLP": "clp|智利比索",
    "COP": "哥伦比亚比索",
    "QAR": "qar|卡塔尔里亚尔",
}
# What a country's people call it, before the name of a money that several countries share or none does.
_OF_A_COUNTRY = {
    "USD": "us|u.s.|american|usa / dollar|dollars|buck|bucks",
    "AUD": "australian|australia|aussie|oz / dollar|dollars|buck|bucks",
    "CAD": "canadian|canada / dollar|dollars|buck|bucks",
    "NZD": "new zealand|kiwi|nz / dollar|dollars|buck|bucks",
    "SGD": "singapore|singaporean|sing / dollar|dollars|buck|bucks",
    "HKD": "hong kong|hk / dollar|dollars|buck|bucks",
    "TWD": "new taiwan|taiwan|taiwanese / dollar|dollars",
    "GBP": "british|uk|english|scottish / pound|pounds|quid",
    "EGP": "egyptian / pound|pounds",
    "CHF": "swiss / franc|francs",
    "CNY": "chinese / yuan|renminbi",
    "JPY": "japanese / yen",
    "KRW": "korean|south korean / won",
    "INR": "indian / rupee|rupees",
    "PKR": "pakistani|pakistan / rupee|rupees",
    "LKR": "sri lankan / rupee|rupees",
    "SEK": "swedish / krona|kronor|kronas|kroner|crown|crowns",
    "NOK": "norwegian / krone|kroner|krones|kronor|krona|crown|crowns",
    "DKK": "danish / krone|kroner|krones|kronor|krona|crown|crowns",
    "ISK": "icelandic / krona|kronur|krónur|crown|crowns",
    "CZK": "czech / koruna|korunas|korun|crown|crowns",
    "HUF": "hungarian / forint|forints",
    "RON": "romanian / leu|lei",
    "BGN": "bulgarian / lev|leva",
    "PLN": "polish / zloty|zlotys|zlotych",
    "RUB": "russian / ruble|rubles|rouble|roubles",
    "UAH": "ukrainian / hryvnia|hryvnias",
    "TRY": "turkish / lira|liras",
    "ILS": "israeli|new israeli / shekel|shekels",
    "AED": "uae|emirati|emirates|dubai / dirham|dirhams",
    "MAD": "moroccan / dirham|dirhams",
    "SAR": "saudi|saudi arabian / riyal|riyals",
    "QAR": "qatari|qatar / riyal|riyals",
    "KWD": "kuwaiti|kuwait / dinar|dinars",
    "ZAR": "south african / rand|rands",
    "NGN": "nigerian / naira|nairas",
    "KES": "kenyan|kenya / shilling|shillings",
    "GHS": "ghanaian|ghana / cedi|cedis",
    "MXN": "mexican / peso|pesos",
    "ARS": "argentine|argentinian|argentinean / peso|pesos",
    "CLP": "chilean / peso|pesos",
    "COP": "colombian / peso|pesos",
    "PHP": "philippine|filipino / peso|pesos",
    "BRL": "brazilian / real|reais|reals",
    "THB": "thai / baht",
    "MYR": "malaysian / ringgit|ringgits|dollar|dollars",
    "IDR": "indonesian / rupiah|rupiahs",
    "VND": "vietnamese / dong",
    "BDT": "bangladeshi / taka|takas",
    "KZT": "kazakh|kazakhstani / tenge",
}
# "80 Canadian": the country alone, where its money has no other name.
_COUNTRY_ALONE = {"CAD": "canadian", "AUD": "australian|aussie", "USD": "american|u.s."}


def _rows() -> dict[str, str]:
    rows = {name: code for code, cell in _NAMES.items() for name in cell.split("|")}
    for code, cell in _OF_A_COUNTRY.items():
        people, money = (side.split("|") for side in cell.split(" / "))
        rows |= {f"{whose} {name}": code for whose, name in product(people, money)}
    return rows | {name: code for code, cell in _COUNTRY_ALONE.items() for name in cell.split("|")}


_CODES = _rows()


def _alternation() -> str:
    forms = []
    for name in sorted(_CODES, key=len, reverse=True):
        literal = name.replace("$", r"\$").replace(".", r"\.").replace(" ", r"[ -]")
        # A word ends where its letters do; a sign that comes before its amount belongs to the next one.
        forms.append(literal + (r"(?![a-z])" if name[-1].isascii() and name[-1].isalpha() else ""))
    return "|".join(forms)


_CURRENCY = compiled(rf"\s*(?:-(?=[a-z]))?(?P<name>{_alternation()})")
_LEADING_SIGNS = "$€£¥"

PREFIX = compiled(
    r"(?:us\$|hk\$|nt\$|nz\$|au?\$|ca?\$|sg?\$|mx\$|r\$|cn¥|\$|€|£|¥|₹|₩|₫|₱|₽|₺|₪|₴|₦|(?<![a-z])(?:usd|eur|gbp|rmb|cny"
    r"|jpy|hkd|aud|cad|sgd|chf|nzd|thb|myr|idr|vnd|php|mxn|brl|rub|pln|sek|nok|dkk|isk|czk|huf|aed|sar|qar|kwd|egp|zar"
    r"|inr|pkr|krw|twd|ngn|kes|ksh|rs\.?|rm|rp\.?|(?:s?fr|kr)\.?|r(?=\d|\Z))|人民币|美元|美金|欧元"
    r"|英镑|日元|日币|港币|港元|韩元|韩币|新?台币|澳元|澳币|加元|加币|新币|泰铢|瑞郎|卢布)\s*\Z"
)
"""What may stand before an amount and say its currency; anchored at its end."""
# Short signs that are words elsewhere, and so count only before an amount; kr is the sign of several countries.
_PREFIX_ONLY = {"rs": "INR", "rs.": "INR", "rm": "MYR", "rp": "IDR", "rp.": "IDR", "fr": "CHF", "fr.": "CHF"}
_PREFIX_ONLY |= {"sfr.": "CHF", "r": "ZAR"}


def currency_at(low: str, at: int) -> tuple[int, str] | None:
    """The currency named at a place of a lower-case text: where its name ends, and its ISO 4217 code."""
    match = _CURRENCY.match(low, at)
    if match is None:
        return None
    name = match["name"]
    if name[-1] in _LEADING_SIGNS and low[match.end() : match.end() + 1].isdigit():
        return None
    return match.end(), _CODES[name.replace("-", " ")]


def currency_before(prefix: str) -> str | None:
    """The code of what :data:`PREFIX` found; ``None`` for a sign that several countries share."""
    prefix = prefix.strip()
    return _PREFIX_ONLY.get(prefix) or (code[1] if (code := currency_at(prefix, 0)) else None)
