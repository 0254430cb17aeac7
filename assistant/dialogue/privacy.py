"""Whether a message asks that what the shopper looks at be used no more, or again. Knows words, nothing else."""

from __future__ import annotations

import re

_USED = (
    r"(?:track\w*|personali[sz]\w*|profil(?:e|ing)\b|"
    r"(?:us(?:e|ing)|not(?:e|ing)|remember\w*|record\w*|stor(?:e|ing)|follow\w*|watch\w*|monitor\w*)\b[^.?!]{0,20}"
    r"\b(?:what i(?:'ve| have)? (?:look|view|click|open|browse|like)\w*|my (?:browsing|clicks?|taste|likes|views)\b))"
)
_OFF = re.compile(
    r"\b(?:stop|don'?t|do not|no longer|never|turn off|switch off|turning off|disable|without|opt out)\b[^.?!]{0,40}\b"
    + _USED
    + r"|\bno (?:tracking|personali[sz]ation|profiling)\b"
    r"|(?:别|不要|不想|不用|停止|关闭|关掉|关了|禁止|取消|不准|不许)[^。？！?!]{0,10}"
    r"(?:个性化|追踪|跟踪|(?:记录|记住|参考|使用|利用|根据|按)[^。？！?!]{0,4}我?[^。？！?!]{0,3}"
    r"(?:看过|看了|浏览|点开|点过|喜好|偏好))",
    re.I,
)
_ON = re.compile(
    r"\b(?:turn on|switch on|enable|resume|you (?:may|can)|go ahead and)\b[^.?!]{0,40}\b" + _USED + r"|"
    r"(?:打开|开启|启用|恢复|可以)[^。？！?!]{0,8}(?:个性化|(?:记录|参考|使用)[^。？！?!]{0,4}我?(?:看过|浏览|喜好|偏好))",
    re.I,
)
_ASKED = re.compile(r"^\W*(?:how|where|what|why|do you|does|are you|is it)\b|怎么|如何|哪里|吗|会不会|是不是", re.I)


def personal_wish(text: str) -> bool | None:
    """``False`` for "stop tracking what I look at", ``True`` for "you may use it again"; ``None`` for anything else,
    and for questions about it: who asks has not decided."""
    if _ASKED.search(text):
        return None
    if _OFF.search(text):
        return False
    return True if _ON.search(text) else None
