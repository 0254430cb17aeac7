"""E-mail with quoted replies, taken apart into its messages, oldest first.

Knows how mail programs introduce what they quote, in English and Chinese. Does not know who is the customer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WROTE = re.compile(
    r"^(?:on\b.{4,160}?(?:\d{1,2}[:.]\d{2}(?:\s?[ap]\.?m\.?)?|\d{4}|,),?\s+(?P<en>[^,<>\d\n]{1,60}?)\s*(?:<(?P<mail>[^>]+)>)?\s*wrote\s*:"
    r"|(?:在|于)?.{0,60}?[,，]?\s*(?P<zh>[^\s,，:：<>]{1,24})\s*(?:[<＜](?P<mail2>[^>＞]+)[>＞])?\s*(?:写道|寫道|编写|来信)\s*[:：])\s*$",
    re.I,
)
_FORWARD = re.compile(r"^[-_\s]*(?:original message|forwarded message|原始邮件|转发邮件|原邮件)[-_\s]*$", re.I)
_FIELD = re.compile(
    r"^\*{0,2}(?P<key>from|sent|date|to|cc|subject|reply-to|发件人|发送时间|日期|时间|收件人|抄送|主题)\*{0,2}\s*[:：]\*{0,2}\s*(?P<value>.*)$",
    re.I,
)
_FROM = frozenset(("from", "发件人"))
_DATED = frozenset(("sent", "date", "to", "发送时间", "日期", "时间", "收件人"))
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
_BOXES = re.compile(r"support|service|help|info|care|sales|contact|shop|no-?reply", re.I)
_END = re.compile(r"^(?:--\s?|—\s?|sent from my .*|发自我的.*|get outlook for .*)$", re.I)


@dataclass(frozen=True, slots=True)
class MailPart:
    """One message of a mail thread; ``shop`` is whether it came from a mailbox such as support@."""

    name: str
    text: str
    shop: bool = False


def mail_parts(lines: list[str]) -> tuple[MailPart, ...]:
    """The messages of a mail thread, oldest first; empty where the text is no mail."""
    flat = _one_line_intros([re.sub(r"^(?:\s*>)+\s?", "", line).rstrip() for line in lines])
    parts: list[tuple[tuple[str, bool], list[str]]] = [(("", False), [])]
    found = False
    place = 0
    while place < len(flat):
        line = flat[place].strip()
        if (match := _WROTE.match(line)) is not None:
            found = True
            name, mail = match["en"] or match["zh"] or "", match["mail"] or match["mail2"] or ""
            parts.append((_sender(name, mail), []))
        elif (head := _header(flat, place)) is not None:
            found = True
            parts.append((head[0], []))
            place = head[1]
        elif not _FORWARD.match(line):
            parts[-1][1].append(flat[place])
        place += 1
    if not found:
        return ()
    kept = [(sender, body) for sender, written in parts if (body := _body(written))]
    if len(kept) > 1 and not kept[0][0][0]:
        # The newest one has no introduction: it answers the one below, so it is by the other side.
        other = next((sender for sender, _ in kept[2:] if sender != kept[1][0]), ("", False))
        kept[0] = (other, kept[0][1])
    return tuple(MailPart(name, body, shop) for (name, shop), body in reversed(kept))


def _one_line_intros(lines: list[str]) -> list[str]:
    """Introductions that a mail program broke over two lines, put together."""
    out: list[str] = []
    for line in lines:
        if out and re.match(r"^on\b.{4,}", out[-1].strip(), re.I) and not _WROTE.match(out[-1].strip()):
            both = f"{out[-1].strip()} {line.strip()}"
            if _WROTE.match(both):
                out[-1] = both
                continue
        out.append(line)
    return out


def _header(lines: list[str], place: int) -> tuple[tuple[str, bool], int] | None:
    """A block of From, Date, To … at ``place``: its sender and the last line of the block."""
    match = _FIELD.match(lines[place].strip())
    if match is None or match["key"].casefold() not in _FROM:
        return None
    last, dated = place, False
    while last + 1 < len(lines) and (field := _FIELD.match(lines[last + 1].strip())) is not None:
        dated = dated or field["key"].casefold() in _DATED
        last += 1
    if not dated:
        return None
    value = match["value"]
    mail = _ADDRESS.search(value)
    name = re.sub(r"[<\[(]?[\w.+-]+@[\w.-]+[>\])]?|mailto:\S*", "", value).strip(" \"'<>[]()")
    return _sender(name, mail[0] if mail else ""), last


def _sender(name: str, mail: str) -> tuple[str, bool]:
    """What the sender is called, and whether the mailbox is one of a shop."""
    box = mail.partition("@")[0]
    shop = bool(_BOXES.search(box))
    return name.strip(" \"'") or (box if shop else mail), shop


def _body(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if _END.match(line.strip()):
            break
        kept.append(line.strip())
    return "\n".join(kept).strip()
