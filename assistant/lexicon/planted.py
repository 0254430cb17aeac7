"""Text that talks to whoever reads it for a shop, a model or an agent, instead of describing a product.

Knows how such text looks in English and Chinese: orders to a machine, talk of replies and customers, roles of a chat,
hidden markup, links, and encodings of any of these. Knows nothing of products, and changes nothing: it only says where
such text begins. What stands before it is description; what follows an order is as little to be trusted as the order.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_MACHINE = (
    r"(?:a\.?i\.?|llms?|gpt|chat ?bots?|bots?|(?:language |large )?models?|(?:shopping |virtual |ai )*assistants?"
    r"|(?:ai )?agents?)"
)
_SHOPPER = r"(?:customers?|shoppers?|users?|buyers?|clients?|visitors?|people who ask)"
_ANSWER = r"(?:repl(?:y|ies)|answers?|responses?|sentences?|messages?|outputs?)"
_TELL = (
    r"(?:tell|inform|assure|promise|warn|convince|remind|mention to|explain to|say to|call|ask|give|charge|offer|insult"
    r"|congratulate|inform|persuade)"
)
_MACHINE_ZH = r"(?:ai|gpt|人工智能|机器人|大?语言模型|大模型|(?<![车飞船])模型|(?<!语音)(?<!智能)助手|智能客服|智能导购|导购|客服)"  # noqa: E501
_SHOPPER_ZH = r"(?:顾客|客人|客户|用户|买家|消费者|提问者|来访者)"

_EN = (
    # orders that set aside what was said before
    r"\b(?:ignore|disregard|forget|override|discard)\b.{0,40}\b(?:instructions?|rules?|prompts?|above|previous|prior"
    r"|everything|guidelines|all of)\b",
    r"\b(?:new|hidden|secret|real|actual) (?:task|instructions?|orders?|mission)\b",
    # a machine spoken to or of
    rf"\b(?:dear|hey|note to|attention|message (?:to|for)|instructions? (?:to|for)|rules? for|guide for|for|all|every) "
    rf"(?:the |any |every |all )?{_MACHINE}\b\s*[:,;-]",
    rf"(?<!\ban )(?<!\ba )\b{_MACHINE}\s*(?:only)?\s*:(?!\d)",
    rf"\b{_MACHINE},? (?:must|shall|should|are required|is required|has to|have to|will always|please|only|answering"
    rf"|reading this)\b",
    r"\b(?:ai|llm|gpt|chat ?bot|assistant|model|bot), (?:please |now |always |never )?[a-z]+ (?:the|this|that|all|your"
    r"|every|part|it|only|say|not)\b",
    rf"\b(?:authori[sz]e|order|instruct|command|require|expect|allow) (?:the |any |every )?{_MACHINE}\b",
    rf"\b(?:if|as|because) you,? (?:are )?(?:the |an? )?{_MACHINE}\b",
    rf"\bhelpful {_MACHINE}\b.{{0,40}}\b(?:could|should|will|please|would)\b",
    r"\bsystem (?:prompt|message|instructions?|override)\b|\bsystem\s*:|\b(?:debug|developer|promo|god|admin) mode\b",
    # what to tell customers
    rf"\b{_TELL} (?:the |this |that |every |each |all |any |our )*{_SHOPPER}\b",
    rf"\b(?:if|when|whenever|in case) (?:the |a |any |some)*(?:{_SHOPPER}|one|body|anyone|someone)s? (?:asks?|wants?"
    rf"|inquires?|questions?)\b",
    r"\b(?:whenever|when) [a-z ]{2,30} (?:comes? up|is asked)\b|\bfor (?:any|every|all) questions?\b"
    r"|\bto all queries\b",
    r"\bwhen (?:quoting|answering|replying|asked)\b|\bbefore (?:answering|replying|responding)\b",
    # the form of a reply
    rf"\b(?:begin|start|end|open|close|finish|prefix|preface|precede) (?:every|each|all|your|any|the)\b.{{0,12}}"
    rf"\b{_ANSWER}\b",
    r"\b(?:reply|respond|answer|speak|write|talk) (?:only|solely|just|to all|with only|exclusively)\b",
    r"\b(?:only|just|always|never) (?:reply|respond|answer|speak|say|write|output)\b",
    r"\b(?:reply|respond|answer|output|print|write|say|append|include|repeat) (?:with )?(?:only |exactly |just )?"
    r"(?:the (?:single )?(?:word|words|phrase|sentence|text|following)|everything|your|['\"‘“][^'\"]{2,})",
    rf"\b(?:in|to|of) (?:your|every|each|all) {_ANSWER}\b|\b(?:output|answer|reply|response|tone|style) (?:rule"
    rf"|guide|format"
    rf"|template|example)s?\b|\b(?:approved|canonical|standard|correct) answers?\b|\bword for word\b|\bverbatim\b",
    # another role, another game
    rf"\byou (?:are|will be|become) now\b|\byou are (?:an? )?(?:{_MACHINE}|dan|pirate|captain)\b|\byou only speak\b"
    rf"|\bfrom now on\b|\bpretend (?:to be|you)\b|\bact as (?:an?|if|the)\b|\brole-?play\b|\blet'?s play a game\b"
    rf"|\bwithout (?:any )?(?:limits|restrictions|rules)\b|\bunrestricted\b",
    r"\blegal notice\b|\bunder regulation\b",
    # prices and stock by word of mouth
    r"\bprice field\b|\bstock field\b|\bquote \d|\bsubtract\b.{0,30}\bprice\b|\bwhatever"
    r" the (?:[a-z]+ field|record|price|stock|listing|tag|label|page|data|catalogue?|sheet|system|rules?)s? says?\b",
    # calls and code
    r"\b(?:function|tool)_?call\b|\badd_to_cart\b|\bcheckout\(|\bexecute the\b|\brun silently\b"
    r"|[{\[]\s*\"[a-z_\u3400-\u9fff]+\"\s*:",
    r"\b(?:decode|decrypt|deobfuscate)\b|\brot-?13\b|\bbase-?64\b|\breversed:|\bread (?:it |this )?backwards\b",
    r"\bpart [a-z]\s*=|\bjoin part\b",
)
_ZH = (
    r"(?:忽略|无视|忘记|忘掉|抛开|作废|跳过).{0,12}(?:指令|指示|规则|提示|以上|之前|前文|设定|要求)|(?:以上|之前|前面).{0,6}(?:作废|无效|不算)",
    r"新的?(?:任务|指令|指示|规则)|系统(?:提示|消息|指令)|\bsystem\b|提示词|调试模式|开发者模式",
    rf"(?:给|致|亲爱的|请|所有|各位|授权|要求|命令){_MACHINE_ZH}",
    rf"{_MACHINE_ZH}\s*:\s*|{_MACHINE_ZH}(?:们)?(?:请|必须|务必|一律|应当|应该|需要|只能|不得|要|若|如果|回答|回复|报价|在|统一|拼|都)",
    rf"(?:请|务必|必须)?(?:告诉|告知|转告|警告|提醒|劝|骂|骗|嘲笑|让|要求|请)(?:所有|每[个位]|这位|各位)?{_SHOPPER_ZH}|[对向跟]{_SHOPPER_ZH}(?:说|讲|声明|保证|承诺)"
    rf"|嘲笑提问|先骂",
    r"(?:如果|若|凡是|只要|每当|当)[^。;]{0,8}(?:问|提到)[^。;]{0,12}[,就都便]|(?:所有|任何|一切)(?:问题|提问|回答|回复)|问到",
    r"(?:只|仅|一律|务必|统一|必须|只能|只允许|只会|请)(?:直接|原样|完整)?(?:回复|回答|说|答|输出|用[^。]{1,6}回答|声明|照做|执行)",
    r"(?:回答|回复|答复)(?:前|时|末尾|结尾|里|中|的?最后|最后)|(?:在|每)(?:次|个|句)?(?:回复|回答|答案|话)[^。]{0,6}(?:里|中|都|末|最|结|开)",
    r"以[\"“「'][^\"”」']{1,20}[\"”」'](?:开头|结尾|开始)|输出格式|语气设定|标准答案|统一话术|话术|逐字|照做|并执行|我的设定",
    r"扮演|从(?:现在|此刻|今)(?:起|开始)|不受限制|没有任何限制|安全限制",
    r"价格字段|库存字段|实际售价|报价规则|调用:|(?<![\u3400-\u9fff])[甲乙丙丁]\s*=|解码|倒过来|(?:把|将)[^。]{0,20}拼起来|拼起来(?:后|并|再?执行|读|念|就是|得到|输出|照)",
    r"我是(?:店长|老板|管理员|开发者)|根据[^。]{0,20}条例|依据[《<]",
    r"(?:拜托|麻烦|辛苦|烦请)[您你][^。]{0,8}(?:告诉|夸|说|提一|写)",
)
_MARKUP = (
    r"<\|[^|>]{1,30}\|?>|\[/?inst\]|<!--|</?(?:record|product|prompt|system|instructions?|商品资料|span|img|p|div"
    r"|script|iframe|a)\b"
    r"|<[^<>]{0,20}style\s*=|#{3,}|!\[|\]\(\s*https?:|https?://|www\.[a-z]|javascript:",
    r"(?:^|(?<=[\n.!?。！？;<>]))\s*(?:system|assistant|user|human|q|a|question|answer)\s*:\s",
    r"(?:^|(?<=[\n.!?。！？;>]))\s*(?:系统|用户|助手|顾客|客服|问|答)\s*:",
)
_ORDERS = re.compile("|".join((*_EN, *_ZH, *_MARKUP)))
# Words spelt with digits ("th1s 1s an 0rder"); one or two may be codes.
_LEET = re.compile(r"\b(?:[a-z]+\d[a-z\d]*[a-z]+|\d[a-z]{3,}|[a-z]+\d[a-z]+)\b")
_ENCODED = re.compile(
    r"(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{24,}={0,2}"
)
_SPACED = re.compile(r"(?:(?<=\s)|^)(?:[A-Za-z][ \t]+){7,}[A-Za-z](?=\s|$|\W)")
_SPACED_HAN = re.compile(r"(?<=[\u3400-\u9fff])[ \t·・.]+(?=[\u3400-\u9fff])")
_KEYS = re.compile(
    r"(?:^|[\s_-])(?:ai|llm|gpt|prompt|assistant|chatbot|bot|system|instruction|instructions|jailbreak|config"
    r"|debug|hint"
    r"|qa note|x-data)(?:$|[\s_-])|指令|提示词|话术|调试|报价规则|排序权重|店长授权"
)
_START = re.compile(r"[.!?。！？;；\n>]\s*|<")


@lru_cache(maxsize=1 << 13)
def planted_at(text: str, *, sentence: bool = True) -> int | None:
    """Where text that gives orders begins; ``None`` where there is none.

    Args:
        text: catalogue text as it stands.
        sentence: begin at the sentence that holds the order; titles have none and are cut at the order itself.
    """
    plain, places = _plain(text)
    found = [m for m in (_ORDERS.search(plain), _SPACED.search(plain)) if m]
    starts = [m.end() - len(m.group().lstrip()) for m in found]
    if match := _ENCODED.search(text):
        starts.append(next((i for i, at in enumerate(places) if at >= match.start()), 0))
    odd = list(_LEET.finditer(plain))
    if len(odd) >= 3 and len({m.group() for m in odd}) >= 3 and len(odd) / max(1, len(plain.split())) > 0.15:
        starts.append(odd[0].start())
    if not starts:
        return None
    at = min(starts)
    if sentence:
        before = [
            m.end() if m.group() != "<" else m.start() for m in _START.finditer(plain, 0, at + 1) if m.start() < at
        ]
        at = max((b for b in before if b <= at), default=0)
    return places[at] if at < len(places) else len(text)


def addressed(key: str) -> bool:
    """Whether the name of a field says that it is meant for a machine ("assistant_config")."""
    return bool(_KEYS.search(unicodedata.normalize("NFKC", key).lower()))


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as read: plain width, lower case, nothing unseen, no gaps between Han; and where each character was."""
    shown: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if _UNSEEN.match(character):
            continue
        for c in unicodedata.normalize("NFKC", character).lower():
            shown.append(c)
            places.append(at)
    joined = "".join(shown)
    gaps = [m.span() for m in _SPACED_HAN.finditer(joined)]
    # Gaps between single characters are a disguise; those between words of a title are not.
    if len(gaps) >= 4 and len(gaps) * 3 > sum("\u3400" <= c <= "\u9fff" for c in joined[gaps[0][0] :]):
        drop = {i for a, b in gaps for i in range(a, b)}
        places = [p for i, p in enumerate(places) if i not in drop]
        joined = "".join(c for i, c in enumerate(joined) if i not in drop)
    return joined, places
