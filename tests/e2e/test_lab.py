"""The prompt lab in a real browser: real sign-in, real prompts, cases, claim check and SQLite, a scripted generator."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from axe import serious
from lab_bench import FALSE, GOOD, Scribe, scripted_lab
from playwright.sync_api import Page, expect
from serving import serving

from assistant.lab import Lab
from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.server.lab import lab_face
from assistant.store.conversations import ConversationStore
from assistant.store.users import UserStore
from assistant.ui.pictures import Pictures

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
SLOW = 90_000
"""Milliseconds the first look may take: what the writer knows of words is read then."""


@dataclass
class Workshop:
    """The server with what stands behind it."""

    address: str
    lab: Lab
    scribe: Scribe


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    scribe = Scribe(own={"kind shop": FALSE})
    lab, sessions, access = scripted_lab(tmp_path_factory.mktemp("lab"), scribe=scribe)
    users = UserStore(lab.bench.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name, role in (("mia", "manager"), ("ali", "agent")):
        users.add(name, role, PASSWORD)  # type: ignore[arg-type]
    access.door.users = users
    app = build_app(sessions, Pictures({}, Lexicon.load()), access, (lab_face(lab),))
    try:
        with serving(app) as address:
            yield Workshop(address, lab, scribe)
            for gate in scribe.gates.values():
                gate.set()
    finally:
        lab.close()
        sessions.close()
        lab.bench.database.close()


@pytest.fixture
def enter(visit: Callable[..., Any], workshop: Workshop) -> Callable[..., Page]:
    """Signs the manager in and opens the lab."""

    def come(language: str = "en", width: int = 1280, **how: Any) -> Page:
        page: Page = visit(width=width, height=860, **how).page
        page.goto(f"{workshop.address}/sign-in?lang={language}&next=%2Flab%2F%3Flang%3D{language}")
        page.fill("input[name=name]", "mia")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector(".versions", timeout=SLOW)
        page.wait_for_selector(".checked", timeout=SLOW)
        return page

    return come


def section(page: Page, name: str) -> None:
    """Go to a section of the lab."""
    page.click(f".tabs [data-tab={name}]")
    expect(page.locator(f".tabs [data-tab={name}]")).to_have_attribute("aria-current", "page", timeout=SLOW)


def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], wide


def told(page: Page, text: str | re.Pattern[str]) -> None:
    """What the page says after an act."""
    expect(page.locator(".toast")).to_have_text(text, timeout=SLOW)


def test_from_an_edit_to_a_label(enter: Callable[..., Page], workshop: Workshop) -> None:
    page = enter()
    editor = page.locator("[data-editor]")
    text = editor.input_value()
    assert "{{ request }}" in text
    # A slip of the pen is shown beside its line, and nothing can be saved.
    editor.fill(text.replace("Wish: {{ request }}", "Wish: {{ wish }}"))
    line = 1 + text.splitlines().index("  Wish: {{ request }}")
    expect(page.locator(".beside p")).to_contain_text("wish", timeout=SLOW)
    expect(page.locator(".gutter .wrong")).to_have_text(str(line))
    expect(page.locator("#text-problem")).to_contain_text(f"Line {line}:")
    expect(page.locator(".state")).to_have_text("Changed, not saved")
    page.fill(".save input[name=note]", "kinder")
    page.click(".save button[type=submit]")
    told(page, re.compile(f"^Line {line}: "))
    page.get_by_role("button", name=f"Go to line {line}").click()
    assert editor.evaluate("e => e.value.slice(0, e.selectionStart).split('\\n').length") == line
    # Mended, compared with another version, and saved.
    editor.fill(text.replace("A shop assistant answers", "A kind shop assistant answers"))
    expect(page.locator(".verdict.good")).to_be_visible(timeout=SLOW)
    expect(page.locator(".beside p")).to_have_count(0)
    expect(page.locator("pre.filled").first).to_contain_text("A kind shop assistant")
    page.select_option("[data-preview=against]", "1")
    expect(page.locator(".diff .added")).to_contain_text("kind", timeout=SLOW)
    page.fill(".save input[name=note]", "kinder")
    page.click(".save button[type=submit]")
    told(page, "Saved as version own-1.")
    mine = page.locator(".pick[aria-current]")
    expect(mine).to_contain_text("own-1")
    expect(mine).to_contain_text("by mia")
    expect(mine).to_contain_text("kinder")
    assert editor.input_value().startswith(text[:20])
    # Nobody may call it good before it was tried.
    page.get_by_role("button", name="Make it Production").click()
    expect(page.locator("dialog[open]")).to_contain_text("10 of 10 texts are still missing", timeout=SLOW)
    gate = workshop.scribe.gates["autumn"] = threading.Event()
    page.get_by_role("button", name="Run it on every case").click()
    # A run shows how far it is, goes on without the page, and can be stopped.
    expect(page.locator(".progress .title")).to_contain_text(re.compile("[4-9] of 10 texts"), timeout=SLOW)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    stop = page.get_by_role("button", name="Stop the run")
    expect(stop).to_be_visible(timeout=SLOW)
    stop.click()
    expect(page.locator(".progress .badge").first).to_have_text("Stopping", timeout=SLOW)
    gate.set()
    expect(page.locator(".progress .badge").first).to_have_text("Stopped", timeout=SLOW)
    page.get_by_role("button", name="All runs").click()
    expect(page.locator(".runs .pick")).to_have_count(1, timeout=SLOW)
    page.locator(".runs .pick").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".progress .badge").first).to_have_text("Finished", timeout=SLOW)
    # The grid: filters, a thumb, a comment.
    rows = page.locator(".cells tbody tr")
    expect(rows).to_have_count(5, timeout=SLOW)
    page.get_by_role("button", name=re.compile("^Different")).click()
    expect(page.get_by_role("button", name=re.compile("^Different"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=re.compile("^Errors 0")).click()
    expect(page.locator("#lab-grid .empty")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name=re.compile("^Failures")).click()
    expect(page.get_by_role("button", name=re.compile("^Failures"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=re.compile("^All 5")).click()
    expect(rows).to_have_count(5, timeout=SLOW)
    up = page.get_by_role("button", name="Good: rain-1, Version own-1", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    page.get_by_role("button", name="Comment: rain-1, Version own-1").click()
    page.fill("dialog[open] textarea", "<b>too</b> short")
    page.get_by_role("button", name="Save comment").click()
    expect(page.locator(".cells blockquote")).to_have_text("<b>too</b> short", timeout=SLOW)
    expect(page.locator(".cells tbody th .request").last).to_have_text("boots <b>bold</b>")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    assert "too</b> short" in Path(download.value.path()).read_text(encoding="utf-8")
    # It is as good as the version in use, so it may take its place.
    section(page, "prompts")
    page.get_by_role("button", name="Edit version own-1").click()
    expect(page.locator(".pick[aria-current]")).to_contain_text("own-1", timeout=SLOW)
    page.get_by_role("button", name="Make it Production").click()
    sheet = page.locator("dialog[open]")
    expect(sheet).to_contain_text("Every condition is met.", timeout=SLOW)
    sheet.get_by_role("button", name="Make it Production").click()
    told(page, "“Production” means version own-1 now.")
    expect(page.locator(".pick[aria-current] .used")).to_be_visible()


def test_a_gate_refuses_in_words_and_lets_a_better_one_pass(enter: Callable[..., Page], workshop: Workshop) -> None:
    lab, scribe = workshop.lab, workshop.scribe
    scribe.gates.clear()
    lab.versions.move("blurb.en", "1", "production", who="mia", forced="start")
    scribe.old, scribe.new = GOOD, FALSE
    run = lab.runs.start("blurb.en", "2", "1", author="mia", fresh=True)
    assert lab.runs.wait(run.id, seconds=120)
    page = enter()
    page.get_by_role("button", name="Edit version 2").click()
    expect(page.locator(".pick[aria-current]")).to_contain_text("Version 2", timeout=SLOW)
    page.get_by_role("button", name="Make it Production").click()
    sheet = page.locator("dialog[open]")
    expect(sheet.locator(".gates .no").first).to_contain_text("False claims caught by the check", timeout=SLOW)
    expect(sheet).to_contain_text("so the label stays where it is")
    expect(sheet.get_by_role("button", name="Make it Production")).to_have_count(0)
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    scribe.old, scribe.new = FALSE, GOOD
    again = lab.runs.start("blurb.en", "2", "1", author="mia", fresh=True)
    assert lab.runs.wait(again.id, seconds=120)
    page.get_by_role("button", name="Make it Production").click()
    expect(sheet).to_contain_text("Every condition is met.", timeout=SLOW)
    sheet.get_by_role("textbox").fill("says it is waterproof")
    sheet.get_by_role("button", name="Make it Production").click()
    told(page, "“Production” means version 2 now.")
    expect(page.locator(".pick[aria-current] .used")).to_be_visible()
    page.locator(".moves summary").click()
    expect(page.locator(".moves li").first).to_contain_text("mia made Version 2 “Production”")
    expect(page.locator(".moves li").first).to_contain_text("says it is waterproof")


def test_votes_are_blind_until_they_are_given(enter: Callable[..., Page], workshop: Workshop) -> None:
    lab = workshop.lab
    run = lab.runs.start("blurb.en", "2", "1", author="mia")
    assert lab.runs.wait(run.id, seconds=120)
    page = enter()
    section(page, "compare")
    page.locator(f'[data-run="{run.id}"]').click()
    page.get_by_role("button", name="Vote blind").click()
    sheet = page.locator("dialog[open]")
    expect(sheet).to_contain_text("0 of 5 pairs", timeout=SLOW)
    markup = sheet.inner_html()
    assert "blurb.en/" not in markup
    assert "Version" not in sheet.inner_text()
    sheet.get_by_role("button", name="A is better").click()
    expect(sheet).to_contain_text("1 of 5 pairs", timeout=SLOW)
    expect(sheet.locator(".toast-in")).to_have_text(re.compile(r"You preferred version \S+ \(A was \S+, B was \S+\)\."))
    for done in range(2, 6):
        # By keyboard alone: the button that was pressed keeps the keyboard.
        page.keyboard.press("Enter") if done > 2 else sheet.get_by_role("button", name="B is better").click()
        expect(sheet).to_contain_text(f"{done} of 5 pairs", timeout=SLOW)
    expect(sheet).to_contain_text("You have voted on every pair.")
    page.keyboard.press("Escape")
    expect(page.locator(".progress")).to_contain_text("95 % interval")


def test_a_message_is_tried_and_kept_as_a_case(enter: Callable[..., Page], workshop: Workshop) -> None:
    page = enter()
    section(page, "try")
    page.fill("textarea[name=said]", "boots or shoes under 200")
    page.select_option("select[name=first]", "2")
    page.select_option("select[name=second]", "1")
    page.click(".try button[type=submit]")
    expect(page.locator(".tried .facts")).to_have_count(2, timeout=SLOW)
    expect(page.locator(".tried")).to_contain_text("Corrin Scree hiking boots")
    page.get_by_role("button", name="Keep as a case").click()
    sheet = page.locator("dialog[open]")
    expect(sheet.locator("textarea[name=said]")).to_have_value("boots or shoes under 200", timeout=SLOW)
    sheet.locator("input[name=sku]").fill("NOPE")
    sheet.locator("textarea[name=must]").fill("waterproof, dry")
    sheet.get_by_role("button", name="Add a case").click()
    expect(sheet.locator(".notice")).to_have_text("The catalogue has no product “NOPE”.", timeout=SLOW)
    expect(sheet.locator("textarea[name=must]")).to_have_value("waterproof, dry")
    sheet.locator("input[name=sku]").fill("")
    sheet.get_by_role("button", name="Add a case").click()
    told(page, re.compile(r"Added as case lab-en-\d+\."))
    page.fill("textarea[name=said]", "hello")
    page.click(".try button[type=submit]")
    expect(page.locator(".tried .notice")).to_contain_text("would not recommend a product", timeout=SLOW)


@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1280)])
def test_every_section_fits_and_can_be_read(
    enter: Callable[..., Page], workshop: Workshop, language: str, width: int
) -> None:
    store = ConversationStore(workshop.lab.bench.database)
    if not workshop.lab.cases.turns(text="雨天"):
        store.save_turn("c-zh", {}, "雨天穿的鞋 <i>x</i>", {"intent": "product_search", "language": "zh"})
        store.save_turn("c-zh", {}, "再便宜一点", {"intent": "refine_results", "language": "zh"})
    page = enter(language, width, color_scheme="dark" if width == 390 else "light")
    assert page.evaluate("document.documentElement.lang") == language
    for name in ("prompts", "try", "compare", "cases", "split", "insights"):
        section(page, name)
        fits(page)
        assert serious(page) == [], name
        if language == "zh":
            assert re.search("[\u4e00-\u9fff]", page.locator(f".tabs [data-tab={name}]").inner_text())
    section(page, "cases")
    page.locator('[data-act="turns"]').first.click()
    sheet = page.locator("dialog[open]")
    expect(sheet).to_be_visible(timeout=SLOW)
    sheet.locator("input[name=text]").fill("便宜")
    sheet.locator("button[type=submit]").click()
    expect(sheet.locator(".turns li")).to_have_count(1, timeout=SLOW)
    assert serious(page) == []
    sheet.locator("[data-whole]").click()
    expect(page.locator("dialog[open] textarea[name=said]")).to_have_value(
        "雨天穿的鞋 <i>x</i>\n再便宜一点", timeout=SLOW
    )
    fits(page)
    page.keyboard.press("Escape")
    page.locator('[data-act="table"]').click()
    page.locator("dialog[open] input[type=file]").set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": "id,language,sku,request\na,fr,B1,鞋\n".encode()}
    )
    page.locator("dialog[open] button[type=submit]").click()
    expected = (
        "第 2 行: language 必须是 en 或 zh，不能是 'fr'。"
        if language == "zh"
        else "Line 2: The language must be en or zh"
    )
    expect(page.locator("dialog[open] .notice")).to_contain_text(expected, timeout=SLOW)


def test_a_split_is_started_and_ended(enter: Callable[..., Page], workshop: Workshop) -> None:
    workshop.lab.versions.move("blurb.zh", "1", "production", who="mia", forced="start")
    page = enter("zh")
    section(page, "split")
    page.fill("input[name=name]", "春季")
    page.click(".split button[type=submit]")
    told(page, "分流已开始。")
    expect(page.locator(".split article")).to_contain_text("mia")
    trial = workshop.lab.trials.current("blurb.zh")
    assert trial is not None
    assert trial.arms == pytest.approx({"production": 0.5, "staging": 0.5})
    page.get_by_role("button", name="结束分流").click()
    told(page, "分流已结束。")
    assert workshop.lab.trials.current("blurb.zh") is None


def test_the_lab_works_by_keyboard_alone(enter: Callable[..., Page]) -> None:
    page = enter()
    page.locator("body").press("Tab")
    for _ in range(12):
        if page.evaluate("document.activeElement.dataset.tab") == "cases":
            break
        page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", (
        "where the keyboard is shows"
    )
    page.keyboard.press("Enter")
    expect(page.locator(".cases-page")).to_be_visible(timeout=SLOW)
    assert page.evaluate("document.activeElement.dataset.tab") == "cases", "the keyboard stays where it was"
    for _ in range(12):
        if page.evaluate("document.activeElement.dataset.act") == "case":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible(timeout=SLOW)
    assert page.evaluate("!!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_managers_only(workshop: Workshop) -> None:
    with httpx.Client(base_url=workshop.address) as client:
        page = client.get("/lab/", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Flab%2F")
        assert client.post("/lab/gradio_api/queue/join", json={}).status_code == 401
        form = client.get("/sign-in").text
        token = re.search(r'name="token" value="([^"]+)"', form)
        assert token is not None
        entered = client.post("/sign-in", data={"name": "ali", "password": PASSWORD, "token": token[1]})
        assert entered.status_code == 303
        assert client.get("/lab/", headers={"accept": "text/html"}).status_code == 403
        assert client.get("/lab/config").status_code == 403
        assert client.post("/lab/gradio_api/queue/join", json={}).status_code == 403
