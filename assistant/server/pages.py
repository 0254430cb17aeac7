"""The pages of signing in and out, and of "not for you": plain HTML in both languages, without any script.

Knows words and markup; who may come in is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

Tongue: TypeAlias = Literal["en", "zh"]
Form: TypeAlias = Literal["sign-in", "sign-out", "none"]


@dataclass(frozen=True, slots=True)
class PageWords:
    """Every word of these pages in one language."""

    lang: str
    other_lang: str
    other_name: str
    sign_in: str
    sign_out: str
    name: str
    password: str
    for_staff: str
    wrong: str
    stale: str
    wait: str
    sure: str
    refused: str
    refused_here: str
    as_other: str
    to_shop: str
    signed_out: str


WORDS: dict[Tongue, PageWords] = {
    "en": PageWords(
        lang="en",
        other_lang="zh",
        other_name="中文",
        sign_in="Sign in",
        sign_out="Sign out",
        name="Name",
        password="Password",
        for_staff="For the people who work here. Shoppers need no account.",
        wrong="Name and password do not belong together.",
        stale="The page was open for too long. Please try again.",
        wait="Too many attempts. Try again in {minutes} min.",
        sure="You will have to sign in again to come back.",
        refused="Not for you",
        refused_here="Your sign-in may not open this page. Ask an admin for another role, or come in as somebody else.",
        as_other="Sign out and come in as somebody else",
        to_shop="To the shop",
        signed_out="You are signed out.",
    ),
    "zh": PageWords(
        lang="zh",
        other_lang="en",
        other_name="English",
        sign_in="登录",
        sign_out="退出登录",
        name="用户名",
        password="密码",
        for_staff="供店铺工作人员使用，顾客无需账号。",
        wrong="用户名或密码不正确。",
        stale="页面打开时间过长，请重试。",
        wait="尝试次数过多，请在 {minutes} 分钟后再试。",
        sure="退出后需要重新登录。",
        refused="无权访问",
        refused_here="您的账号不能打开这个页面。请管理员调整权限，或换一个账号登录。",
        as_other="退出登录，换一个账号",
        to_shop="返回店铺",
        signed_out="您已退出登录。",
    ),
}

_TEMPLATES = Environment(
    loader=PackageLoader("assistant.server", "templates"), autoescape=True, undefined=StrictUndefined
)


def speaks(request: Request) -> Tongue:
    """The language of a page: as asked for by its address, else as the browser prefers."""
    asked = request.query_params.get("lang")
    if asked in ("en", "zh"):
        return "zh" if asked == "zh" else "en"
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def sign_in_page(tongue: Tongue, *, token: str, next_path: str, name: str = "", told: str = "") -> str:
    """The form for name and password; ``told`` is what went wrong the last time."""
    w = WORDS[tongue]
    other = f"/sign-in?lang={w.other_lang}&next={quote(next_path, safe='')}"
    return _render(w, w.sign_in, "sign-in", told=told, token=token, next_path=next_path, name=name, other=other)


def sign_out_page(tongue: Tongue, *, token: str) -> str:
    """The form that ends a sign-in."""
    w = WORDS[tongue]
    return _render(w, w.sign_out, "sign-out", token=token, other=f"/sign-out?lang={w.other_lang}")


def refused_page(tongue: Tongue, reason: str) -> str:
    """For somebody signed in whose role does not suffice; ``reason`` is told as it is, in English."""
    w = WORDS[tongue]
    return _render(w, w.refused, "none", told=w.refused_here, reason=reason)


def _render(
    w: PageWords,
    title: str,
    form: Form,
    *,
    told: str = "",
    reason: str = "",
    token: str = "",
    next_path: str = "",
    name: str = "",
    other: str = "",
) -> str:
    return _TEMPLATES.get_template("sign_in.html").render(
        w=w, title=title, form=form, told=told, reason=reason, token=token, next=next_path, name=name, other=other
    )
