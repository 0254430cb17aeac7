"""What the page is dressed in: our stylesheet and script, on a Gradio theme without any remote font."""

from __future__ import annotations

from importlib.resources import files

import gradio as gr

# Fonts of the reader's own machine, the Chinese ones named so that a Latin-first system does not pick a serif for them.
FONTS = (
    "ui-sans-serif",
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Microsoft YaHei",
    "sans-serif",
)


def asset(name: str) -> str:
    """The text of a file in ``assets/``."""
    return files("assistant.ui").joinpath("assets", name).read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """A plain Gradio theme in system fonts; the look is in ``assets/``."""
    return gr.themes.Base(font=list(FONTS), font_mono=["ui-monospace", "monospace"])


def head(sheet: str = "shop.css") -> str:
    """What goes into a page's head: what every page shares, its own stylesheet, and the colour of a phone's bar."""
    return (
        f"<style>{asset('base.css')}{asset(sheet)}</style>"
        '<meta name="theme-color" media="(prefers-color-scheme: light)" content="#faf6ef">'
        '<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#1a1613">'
    )
