"""A conversation copied from elsewhere, cut into lines with their authors.

Reads "Customer: … / Agent: …" in both languages, chat exports with times before or behind the name, transcripts with a
line for name and time above each message, and e-mail with quoted replies. What cannot be told apart is one message of
the customer. Knows no catalogue and no store.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from assistant.desk.mails import mail_parts
from assistant.errors import StoreError, TooLongError

Role: TypeAlias = Literal["customer", "agent", "assistant", "note"]

MOST_MESSAGES = 120
"""In one thread: every one of the customer's is read by the models."""
MOST_CHARACTERS = 60_000

_DAY = (
    r"(?:\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}月\d{1,2}日"
    r"|(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
    r"(?:\d{1,2}\.?\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:,?\s+\d{4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?)"
    r"|today|yesterday|今天|昨天|星期[一二三四五六日天]|周[一二三四五六日天])"
)
_CLOCK = (
    r"(?:(?:上午|下午|晚上|中午|凌晨)\s?)?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"
    r"(?:\s?[ap]\.?m\.?)?(?:\s?(?:utc|gmt|cet|pst|est))?"
)
_WHEN = rf"(?:{_DAY}(?:,?\s*(?:at\s+)?{_CLOCK})?|{_CLOCK}(?:,?\s*{_DAY})?)"
# A name begins with a letter, or is a telephone number.
_NAME = r"(?:[^\W\d_][^:：\[\]<>\n]{0,48}?|[+~]?\d[\d ()-]{5,20}\d)"
_TIMED = re.compile(rf"^[\[(]?{_WHEN}[\])]?\s*(?:[-–—|]\s*)?(?P<name>{_NAME})\s*[:：]\s*(?P<text>.*)$", re.I)
_NAMED_TIMED = re.compile(rf"^(?P<name>{_NAME})\s*[\[(]\s*{_WHEN}\s*[\])]\s*[:：]\s*(?P<text>.*)$", re.I)
_NAMED = re.compile(rf"^(?:\*\*)?(?P<name>{_NAME})(?:\*\*)?\s*[:：](?:\*\*)?(?!//)\s*(?P<text>.*)$")
_HEAD = re.compile(
    rf"^(?:(?P<name>{_NAME})(?:\s{{2,}}|\s*[,|·•\t(\[–—-]\s*|\s+){_WHEN}[\])]?|[\[(]?{_WHEN}[\])]?(?:\s*[,|·•\t–—-]\s*|\s+)"
    rf"(?P<after>{_NAME}))$",
    re.I,
)
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("note", re.compile(r"\b(?:internal|private) (?:note|comment)\b|内部备注|内部评论", re.I)),
    ("assistant", re.compile(r"\b(?:chat ?bot|bot|ai|assistant|automated)\b|机器人|智能|自动回复|导购", re.I)),
    (
        "agent",
        re.compile(
            r"\b(?:agent|support|representative|rep|advisor|adviser|service|staff|seller|merchant|shop|store|operator|"
            r"help ?desk|care|team|me|us|you|csr|manager)\b"
            r"|客服|坐席|商家|卖家|店家|店铺|掌柜|小二|售[前后]|专员|^我$|人工|官方",
            re.I,
        ),
    ),
    (
        "customer",
        re.compile(
            r"\b(?:customer|client|buyer|user|shopper|visitor|guest|requester|caller|consumer)\b"
            r"|客户|顾客|买家|用户|访客|客人|消费者|会员",
            re.I,
        ),
    ),
)
# Labels within a message that look like a speaker.
_LABELS = re.compile(
    r"^(?:subject|to|from|date|sent|cc|bcc|re|fwd?|order(?: (?:no|number|id))?\.?|notes?|ps|p\.s\.|size|colou?r|"
    r"budget|price|address|phone|e-?mail|tracking|sku|item|total|qty|quantity|name|https?|question|answer|q|a|主题|发件人|收件人|抄送|日期|时间|订单号?|"
    r"订单编号|单号|尺[码寸]|颜色|预算|价格|备注|地址|电话|手机|邮箱|数量|型号|姓名|问题|另外|注)$",
    re.I,
)
_STAMP = re.compile(rf"^[\[(]?{_WHEN}[\])]?\s*(?:[-–—|]\s*)?", re.I)
_SYSTEM = re.compile(
    r"^\W*(?:.{0,60}\b(?:joined|left|ended|started|entered|closed|rated)\b"
    r".{0,20}\b(?:the )?(?:chat|conversation|session|ticket)\b.*"
    r"|messages and calls are end-to-end encrypted.*|<?(?:media|image|video|audio|sticker|document) omitted>?"
    r"|this message was deleted|you deleted this message|sent from my \w+.*|##-.*-##|-{2,}\s*|={2,}\s*|\*{3,}\s*"
    r"|.{0,30}撤回了一条消息|发自我的.{0,20}|以上是历史消息|会话(?:已)?(?:开始|结束).{0,10}|.{0,20}(?:进入|离开|结束)了?(?:会话|对话)"
    r"|\[(?:图片|语音|视频|表情|动画表情|文件)\])\W*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One message of a thread. ``name`` is what stood before it, empty where nothing did."""

    role: Role
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Cut:
    name: str
    text: str


def parse_thread(text: str, *, customer: str = "") -> tuple[ThreadLine, ...]:
    """The messages of a copied conversation, oldest first.

    Args:
        text: as it was copied.
        customer: what the customer is called in it, where that is known.

    Raises:
        TooLongError: it is longer than one conversation may be.
        StoreError: there is nothing to read.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooLongError(
            f"{len(text):,} characters are too many for one conversation; paste the newest {MOST_CHARACTERS:,} at most"
        )
    lines = [_clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    mails = mail_parts(lines)
    cuts = [_Cut(p.name, p.text) for p in mails] if mails else _speakers(lines, customer)
    spoken = [c for c in (replace(c, text=_tidy(c.text)) for c in cuts) if c.text]
    if not spoken:
        raise StoreError("there is no message in what was pasted; copy the conversation with the names before it")
    if len(spoken) > MOST_MESSAGES:
        raise TooLongError(
            f"{len(spoken)} messages are too many for one conversation; paste the newest {MOST_MESSAGES} at most"
        )
    roles = _roles([c.name for c in spoken], customer, {m.name for m in mails if m.shop})
    return tuple(ThreadLine(roles[c.name], c.name, c.text) for c in spoken)


def own_name(lines: Iterable[ThreadLine]) -> str:
    """What the customer of a thread is called; empty where only a role stood before the words."""
    return next((line.name for line in lines if line.role == "customer" and not _role_of(line.name)), "")


def _clean(line: str) -> str:
    # Exports hold marks of writing direction and spaces that do not break.
    return (
        re.sub(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", line).replace("\u202f", " ").replace("\xa0", " ")
    )


def _speakers(lines: list[str], customer: str) -> list[_Cut]:
    """Cut at lines that begin with a speaker, or that hold only a speaker and a time."""
    names = _likely_names(lines, customer)
    cuts: list[_Cut] = []
    for raw in lines:
        line = raw.strip()
        name, said = _begins(line, names)
        if name is not None:
            cuts.append(_Cut(name, said))
        elif _is_system(line):
            continue
        elif cuts:
            cuts[-1] = replace(cuts[-1], text=f"{cuts[-1].text}\n{line}")
        elif line:
            cuts.append(_Cut("", line))
    return cuts


def _is_system(line: str) -> bool:
    """Whether the program wrote a line, and nobody in the conversation."""
    return bool(_SYSTEM.match(line) or _SYSTEM.match(_STAMP.sub("", line, count=1) or line))


def _begins(line: str, names: frozenset[str]) -> tuple[str | None, str]:
    """The speaker a line begins with, and the rest of the line; ``None`` where it goes on with the message before."""
    if not line or _is_system(line):
        return None, ""
    for pattern in (_TIMED, _NAMED_TIMED):
        if (match := pattern.match(line)) and not _LABELS.match(match["name"].strip()):
            return match["name"].strip(), match["text"]
    if (match := _HEAD.match(line)) and _name_like(name := (match["name"] or match["after"]).strip(" ,|·•-–—([")):
        return name, ""
    if (match := _NAMED.match(line)) and match["name"].strip().casefold() in names:
        return match["name"].strip(), match["text"]
    return None, ""


def _likely_names(lines: list[str], customer: str) -> frozenset[str]:
    """What stands before a colon and is a speaker: a role, the customer, or a name that comes again."""
    seen: Counter[str] = Counter()
    first: str | None = None
    for line in lines:
        match = _NAMED.match(line.strip())
        name = match["name"].strip() if match else ""
        if name and not _LABELS.match(name) and _name_like(name):
            seen[name.casefold()] += 1
            first = first if first is not None else name.casefold()
        elif line.strip() and first is None:
            first = ""
    known = {customer.strip().casefold()} - {""}
    alone = {first} if first and len(seen) > 1 else set()
    sure = {n for n, times in seen.items() if times > 1 or n in known or n in alone or _role_of(n)}
    # A conversation has two sides: where only one is sure, whoever speaks once is the other.
    return frozenset((sure if len(sure | known) > 1 or not alone else set(seen)) | known)


def _name_like(name: str) -> bool:
    if not name or len(name) > 40 or name.isdigit():
        return False
    if re.search(r"[\u4e00-\u9fff]", name):
        return len(name) <= 16 and not re.search(r"[，。！？,.!?]", name)
    words = name.split()
    return (
        len(words) <= 4
        and not re.search(r"[!?;,]", name)
        and (len(words) == 1 or name[:1].isupper() or bool(_role_of(name)))
    )


def _role_of(name: str) -> Role | None:
    # "Customer service" is the shop, whatever the first word says.
    return next((role for role, pattern in _ROLES if pattern.search(name)), None)


def _roles(names: list[str], customer: str, shop: set[str]) -> dict[str, Role]:
    """Who is who: by the customer's name, mailboxes and role words; else whoever spoke first is the customer."""
    roles: dict[str, Role] = {}
    for name in dict.fromkeys(names):
        if customer.strip() and name.casefold() == customer.strip().casefold():
            roles[name] = "customer"
        elif name in shop:
            roles[name] = "agent"
        elif (role := _role_of(name)) is not None:
            roles[name] = role
    unknown = [n for n in dict.fromkeys(names) if n not in roles]
    if unknown and "customer" not in roles.values():
        roles[unknown.pop(0)] = "customer"
    agents = "agent" in roles.values()
    for name in unknown:
        # Beside a named agent and a named customer a third name is most likely a colleague who took over.
        roles[name] = "agent" if name or not agents else "customer"
    return roles


def _tidy(text: str) -> str:
    kept = [line.strip() for line in text.split("\n") if not _is_system(line.strip())]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
