"""What is said when no product and no policy is at stake: greetings, thanks, complaints, refusals, questions back.

A refusal repeats nothing of the message. Nothing is promised in the shop's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.generation.replies.wording import listed, variant
from assistant.lexicon import fold

_THANKS = re.compile(
    r"\bthank\w*|\bthx\b|\bcheers\b|\bty\b|\bta\b|\bappreciate\w*|\bgreat help\b|\bhelpful\b"
    r"|谢|感谢|多谢|辛苦|帮大忙",
    re.I,
)
_BYE = re.compile(
    r"\b(?:good ?)?bye\b|\bsee (?:you|ya)\b|\bcheerio\b|\bgood ?night\b|\bspeak soon\b|\btake care\b"
    r"|\bhave a (?:nice|good|great)\b|\bthat'?s all\b|\blater\b|\bgotta go\b"
    r"|再见|拜拜|回头见|走了|88|晚安|改天聊|下次再|先这样|告辞",
    re.I,
)
_WHO = re.compile(
    r"\b(?:who|what) (?:are|r) (?:you|u)\b|\byour name\b|\bare you real\b|\bchatgpt\b|\bwhat can you do\b"
    r"|\bare (?:you|u) (?:a |an )?(?:human|robot|bot|ai|real|person|machine|chatgpt|gpt|alive)\b"
    r"|\bhow do you work\b|\bwhat languages\b"
    r"|你是(?:谁|什么|机器人|人|真人|ai|不是)|你叫|叫什么|是人吗|机器人|你会什么|你能做什么|能干什么|男的|女的|真人吗",
    re.I,
)
_HOW = re.compile(
    r"\bhow (?:are|r) (?:you|u|things)\b|\bhow'?s it going\b|\bwhat'?s up\b|\bsup\b"
    r"|你好吗|最近怎么样|吃饭了|吃了吗|忙不忙|忙吗",
    re.I,
)
_HELLO = re.compile(
    r"\bh(?:i+|ey+|ello+|elo|iya|owdy|allo)\b|\bgood (?:morning|afternoon|evening|day)\b|\bmorning\b"
    r"|\bevening\b|\bgreetings\b|\banyone (?:there|here)\b|\bfirst time\b"
    r"|你好|您好|哈喽|哈罗|嗨|在吗|有人吗|早上好|上午好|下午好|晚上好|早安|头一回|第一次来|刚来",
    re.I,
)
_PRAISE = re.compile(
    r"\bthank\w*|\blove\b|\bgreat\b|\bexcellent\b|\bamazing\b|\bfive stars?\b|\b5 stars?\b|\bwonderful\b"
    r"|\bhelpful\b|\bkind\b|\bimpress\w*|\bdeserves?\b|\bbrilliant\b|\bsuperb\b|\bwell done\b"
    r"|点赞|好评|感动|表扬|满意|特别好|好用|聪明|不错|用心|贴心|继续加油|喜欢",
    re.I,
)
_BLAME = re.compile(
    r"\bnot\b|\bnever\b|n't\b|\bworst\b|\bbad\b|\bterrible\b|\bawful\b|\bshame\w*|\bdisappoint\w*|\brude\b"
    r"|\bslow\b|\bangry\b|\bwtf\b|\bno\b|\bcomplain\w*|\bused to\b|\bstupid\b|\bridiculous\b"
    r"|差|烂|不(?!错)|没|骗|投诉|失望|垃圾|气|坑|慢|烦|傻|难用|敷衍|虚假|骚扰",
    re.I,
)
_SAY: dict[str, dict[str, tuple[str, ...]]] = {
    "disclosure": {
        "en": ("Hi, I'm this shop's AI assistant.",),
        "zh": ("您好，我是本店的 AI 导购。",),
    },
    "handoff": {
        "en": (
            "Of course. I'm stepping back and passing this conversation to a person, who can read it all.",
            "Sure. This conversation goes to a person now, with everything we said so far.",
        ),
        "zh": (
            "好的，已经为您转给人工客服，前面的对话同事都看得到，您不用重复。",
            "明白，这个对话交给人工客服了，刚才聊的内容他们都能看到。",
        ),
    },
    "refuse": {
        "en": (
            "I can't do that. I'm glad to help you find, compare or choose something from the shop, though.",
            "That isn't something I will help with. If you are looking for a product, tell me what it is for.",
            "No, I can't go along with that. Shall we get back to shopping?",
        ),
        "zh": (
            "这个请求我不能照办。想买什么、想了解哪件商品，随时告诉我。",
            "抱歉，这件事我帮不了。挑商品、比价格、问规定，我都乐意帮忙。",
            "这个我不能做。需要找商品的话，我马上帮您看。",
        ),
    },
    "decline": {
        "en": (
            "That is outside what I can help with. I know this shop: finding products, comparing them, delivery, "
            "returns.",
            "I'm only good at shopping, so I'll pass on that one. Is there something you would like to find?",
            "That one is beyond me: I look after the shop. Ask me for a product, a gift idea or our delivery terms.",
        ),
        "zh": (
            "这个不在我能帮忙的范围里。我负责逛店这部分：找商品、比较、回答商品和售后规定的问题。",
            "这方面我帮不上忙，我只懂这家店里的事。想找什么商品，或者想了解配送、退换，都可以问我。",
            "这个问题超出我的本行了。买东西上的事，比如挑礼物、比两款商品，我很乐意帮忙。",
        ),
    },
    "praise": {
        "en": (
            "Thank you, that is lovely to hear. If a colleague should know it too, ask for a person and tell them.",
        ),
        "zh": ("谢谢您这么说，真让人高兴。想把表扬转给同事，回复“转人工”就行。",),
    },
    "sorry": {
        "en": (
            "I'm sorry, that is not how it should have been.",
            "I'm sorry this happened, and I understand that you are annoyed.",
            "That sounds frustrating, and I'm sorry. Thank you for telling us plainly.",
        ),
        "zh": (
            "很抱歉给您带来这样的体验，您有理由生气。",
            "听您这么说，我很抱歉，这件事确实不该这样。",
            "抱歉让您失望了，谢谢您直接告诉我们。",
        ),
    },
    "complain to": {
        "en": (
            "I'm only the AI assistant and can't settle a complaint; ask for a person, and a colleague will hear "
            "you out.",
        ),
        "zh": ("我只是 AI 导购，处理不了投诉；回复“转人工”，由客服同事来听您说清楚。",),
    },
    "who": {
        "en": (
            "I'm the shop's AI assistant, not a human; I speak English and Chinese. I find and compare products "
            "and know the shop's rules, and you can ask for a person whenever you prefer one.",
        ),
        "zh": ("我是本店的 AI 导购，不是真人，中文英文都可以。我帮您找商品、比较、查规定；想跟真人聊，回复“转人工”。",),
    },
    "thanks, bye": {
        "en": ("You're welcome. Take care, and come back any time!",),
        "zh": ("不客气，祝您一切顺利，再见！",),
    },
    "thanks": {
        "en": (
            "You're welcome! Tell me if you need anything else.",
            "Glad I could help. I'm here if something else comes to mind.",
            "My pleasure. Is there anything else you are looking for?",
        ),
        "zh": (
            "不客气，还想看点什么随时说。",
            "很高兴帮上忙，有需要再叫我。",
            "应该的，还有想找的吗？",
        ),
    },
    "bye": {
        "en": (
            "Goodbye, and have a lovely day!",
            "See you soon!",
            "Bye for now, come back any time.",
        ),
        "zh": (
            "再见，祝您今天顺顺利利！",
            "慢走，欢迎下次再来。",
            "好的，下次见！",
        ),
    },
    "how": {
        "en": ("All is well here, thank you. What can I find for you today?",),
        "zh": ("我挺好的，谢谢关心。您今天想找点什么？",),
    },
    "welcome": {
        "en": (
            "What are you looking for today? A use, a budget or a colour is enough to start with.",
            "Tell me what you need, or who it is for, and I'll look.",
        ),
        "zh": (
            "想找什么？说说用途、预算或者喜欢的颜色就行。",
            "今天想看点什么？送礼还是自用，都可以告诉我。",
        ),
    },
    "hello": {
        "en": ("Hello! What would you like to look at?",),
        "zh": ("您好，想看点什么？",),
    },
    "chat": {
        "en": (
            "Happy to chat, though I'm best at shopping. What shall I look for?",
            "I'm here, take your time. Tell me when you want to look at something.",
            "All right. Just say what you would like to see.",
        ),
        "zh": (
            "哈哈，我更擅长聊商品。想看点什么？",
            "我在呢，慢慢来，想好了告诉我要找什么。",
            "好的。需要找商品或者比较两款，随时叫我。",
        ),
    },
    "nothing shown": {
        "en": ("I haven't shown you any products yet, so I don't know which one you mean. What are you looking for?",),
        "zh": ("目前还没有给您列出商品，所以不知道您指的是哪一款。想找什么，我先帮您列出来。",),
    },
    "goes with what": {
        "en": ("What should it go with? Name the product, or let me find one first.",),
        "zh": ("想给哪件商品做搭配？告诉我商品名，或者先找一件。",),
    },
    "which kind": {
        "en": ("What kind of product are you after? Name it, and I will apply that.",),
        "zh": ("您想找哪一类商品？说个品名，我按您的条件找。",),
    },
    "which product": {
        "en": ("Which product do you mean? Tell me its name, or let me look for it first.",),
        "zh": ("您指的是哪件商品？告诉我名字，或者先让我帮您找出来。",),
    },
    "compare which": {
        "en": ("Which ones shall I compare? You can say “compare 1 and 2”, for example.",),
        "zh": ("想比较哪两款？比如说“比较1和2”。",),
    },
    "cart which": {
        "en": ("Which one do you mean? A number is enough, such as “add the first one”.",),
        "zh": ("您指的是哪一款？说第几款就行，比如“把第一个加入购物车”。",),
    },
    "which of list": {
        "en": ("Which one do you mean? Its number in the list is enough.",),
        "zh": ("您问的是哪一款？说刚才列表里的第几款就行。",),
    },
}


def _say(what: str, language: str, seed: str = "") -> str:
    """One of the phrasings of a thing to say; the shopper's own message picks which."""
    return variant(seed, _SAY[what]["zh" if language == "zh" else "en"])


def disclosure(language: str) -> str:
    """The sentence that makes clear an AI answers."""
    return _say("disclosure", language)


def personal(language: str, *, wanted: bool) -> str:
    """That what the shopper does here is used no more, or again."""
    if wanted:
        zh, en = "好的，之后会参考您在这里看过的商品。", "All right: from now on what you look at here is used for you."
    else:
        zh = "好的，已关闭：这次对话里记录的浏览已经删除，之后不再记录，也不再参考。"
        en = (
            "All right: what was noted here of what you looked at is deleted, and from now on nothing of it is noted "
            "or used."
        )
    return zh if language == "zh" else en


def social(language: str, action: str, intent: str, text: str, *, first: bool) -> list[str]:
    """Small talk, complaints, hand-off, refusal and what is out of scope."""
    if action in ("handoff", "refuse", "decline"):
        return [_say(action, language, text)]
    low = fold(text)
    if intent == "complaint_feedback":
        if _PRAISE.search(low) and not _BLAME.search(low):
            return [_say("praise", language)]
        return [_say("sorry", language, text), _say("complain to", language)]
    if _WHO.search(low):
        return [_say("who", language)]
    return [*([disclosure(language)] if first else []), _small_talk(language, low, first=first)]


def _small_talk(language: str, text: str, *, first: bool) -> str:
    if _THANKS.search(text):
        return _say("thanks, bye" if _BYE.search(text) else "thanks", language, text)
    if _BYE.search(text):
        return _say("bye", language, text)
    if _HOW.search(text):
        return _say("how", language)
    if first:
        return _say("welcome", language, text)
    return _say("hello" if _HELLO.search(text) else "chat", language, text)


def clarify(language: str, what: str, intent: str, missing: Sequence[int], shown_count: int) -> list[str]:
    """The question back when a product or a position cannot be resolved."""
    if missing and shown_count:
        positions = [_position(p, language) for p in missing]
        if language == "zh":
            return [f"刚才只列了{shown_count}款，没有{listed(positions, 'zh')}。您指的是哪一款？说第几款就行。"]
        there = f"The last list has only {shown_count} {'product' if shown_count == 1 else 'products'}"
        return [f"{there}, so there is no {listed(positions, 'en', last='or')}. Which one do you mean?"]
    if missing:
        return [_say("nothing shown", language)]
    if what == "product":
        return [_say("goes with what" if intent == "recommend_complement" else "which kind", language)]
    if not shown_count:
        return [_say("which product", language)]
    known = {"compare_products": "compare which", "manage_cart": "cart which"}
    return [_say(known.get(intent, "which of list"), language)]


def _position(p: int, language: str) -> str:
    if language == "zh":
        return f"第{p}款" if p > 0 else f"倒数第{-p}款"
    return f"number {p}" if p > 0 else f"number {-p} from the end"
