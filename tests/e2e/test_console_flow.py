"""The agent console in a real browser: real sign-in, real SQLite, a scripted assistant, the shop beside it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from argon2 import PasswordHasher
from axe import serious
from fakes_desk import DeskAssistant
from playwright.sync_api import Locator, Page, expect
from serving import serving

from assistant.catalog import Passage, PolicyBook
from assistant.desk import Desk, EditedPolicies
from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.server.auth import Access
from assistant.server.console import console_face
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import ConversationStore, LabelStore, UserStore
from assistant.store.desk import DeskStore
from assistant.ui.pictures import Pictures

pytestmark = pytest.mark.browser
# What is waited for comes over a database and a poll; a busy machine needs its time.
expect.set_options(timeout=30_000)

PASSWORD = "correct horse battery"
EVIL = "<img src=x onerror='window.broken=1'><b onclick='window.broken=2'>bold</b>"
DRAFT = "**These** fit. The first is light."
"""How every draft for shoes begins; the products it is about follow, one a line."""
BEGINS = re.compile(re.escape(DRAFT))
BOOK = PolicyBook(
    (
        Passage("returns", "en", "How long do I have to return something?", "You have 30 days from delivery."),
        Passage("returns", "zh", "多久以内可以退货？", "签收之日起 30 天内都可以退。"),
    )
)
ORDER = {
    "order_id": "A-20001",
    "customer": {"id": "C-1", "name": f"Ann {EVIL}", "email": "ann@example.com", "city": "York"},
    "placed_at": "2026-03-01T10:00:00Z",
    "status": "delayed",
    "currency": "USD",
    "items": [{"sku": "TST-SHOE-01", "title": EVIL, "title_zh": "疾风", "quantity": 2, "unit_price": 59.0}],
    "shipping": {"method": "standard", "fee": 0, "carrier": "Larkway", "tracking": "LT1", "events": []},
    "payment": {"method": "card", "state": "paid"},
    "total": 118.0,
    "notes": [],
}


@dataclass
class Office:
    """The server with what stands behind it."""

    address: str
    sessions: Sessions
    desk: Desk
    store: DeskStore
    labels: LabelStore
    gates: dict[str, threading.Event]

    def waiting(self, *messages: str) -> str:
        """A conversation of the shop that waits for a person; only it is in the queue from now on."""
        conversation = self.sessions.new_id()
        for message in ("I want to talk to a person", *messages):
            list(self.sessions.say(conversation, message))
        return conversation


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("console")
    gates: dict[str, threading.Event] = {}

    def hold(message: str) -> None:
        for word, gate in gates.items():
            if word in message:
                assert gate.wait(30)

    store = ConversationStore(f"sqlite:///{folder / 'c.sqlite'}")
    database = store.database
    users = UserStore(database, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name, role in (("eve", "agent"), ("bob", "agent"), ("mia", "manager")):
        users.add(name, role, PASSWORD)  # type: ignore[arg-type]
    sessions = Sessions(DeskAssistant(before_text=hold), store)  # type: ignore[arg-type]
    orders = folder / "orders.jsonl"
    orders.write_text(json.dumps(ORDER) + "\n", encoding="utf-8")
    lexicon = Lexicon.load()
    desk = Desk.of(
        sessions,
        lexicon=lexicon,
        policies=EditedPolicies(BOOK, database),
        orders=orders,
        cases=folder / "prompts",
    )
    pictures = Pictures({}, lexicon)
    app = build_app(
        sessions,
        pictures,
        Access.of(database, Settings.model_construct(sign_in_limit="1000/minute")),
        (console_face(desk, pictures),),
    )
    try:
        with serving(app) as address:
            yield Office(address, sessions, desk, DeskStore(database), LabelStore(database), gates)
    finally:
        sessions.close()
        store.close()


@pytest.fixture
def office(running: Office) -> Office:
    """The server with an empty desk: what earlier tests left in the queue is gone."""
    for view in ("waiting", "mine", "handed_off", "closed"):
        for row in running.desk.queue(view, "eve"):
            running.sessions.forget(row.conversation)
    return running


def signed_in(visit: Any, office: Office, name: str = "eve", **options: Any) -> Page:
    """A browser tab with the console, after the sign-in form."""
    page: Page = visit(**options).page
    page.goto(f"{office.address}/console/")
    page.wait_for_url("**/sign-in?*")
    page.get_by_label("Name").or_(page.get_by_label("用户名")).fill(name)
    page.get_by_label("Password").or_(page.get_by_label("密码")).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
    page.wait_for_selector(".queue")
    return page


def opened(page: Page, conversation: str) -> None:
    page.locator(f'[data-open="{conversation}"]').click()
    page.wait_for_selector(f'[data-part="talk"][data-conversation="{conversation}"]', state="attached")


def taken(page: Page, conversation: str) -> None:
    """Open a conversation, take it, and wait for its draft."""
    opened(page, conversation)
    page.locator('[data-act="take"]').click()
    expect(box(page)).to_have_value(BEGINS)
    expect(page.locator("button[data-send] .name")).to_have_text("Use")
    page.wait_for_selector('[data-part="draft"]:not([data-draft=""])', state="attached")


def box(page: Page) -> Locator:
    return page.locator("#reply-text")


def test_from_the_queue_to_the_shoppers_page(visit: Any, office: Office) -> None:
    shop = visit().open(office.address)
    shop.say("shoes under 80", 1)
    # Both pages keep what scrolls below their head out of sight.
    paper = "getComputedStyle(document.querySelector('#header')).backgroundColor"
    assert shop.page.evaluate(paper) == "rgb(250, 246, 239)"
    shop.say("let me talk to a human", 2)
    page = signed_in(visit, office)
    assert page.evaluate(paper) == "rgb(250, 246, 239)"
    row = page.locator(".rowbox")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Wants a person")
    expect(row).to_contain_text("waits")
    row.click()
    expect(page.locator(".said.customer")).to_have_count(2)
    expect(box(page)).to_be_disabled()
    page.locator('[data-act="take"]').click()
    shop.say("I meant shoes under 80, please", 3)
    expect(shop.page.locator("#live .colleague")).to_contain_text("eve has your message now")
    expect(shop.page.locator("#live .card")).to_have_count(0)
    expect(page.locator(".said.customer")).to_have_count(3)
    expect(box(page)).to_have_value(BEGINS)
    expect(page.locator("button[data-send] .name")).to_have_text("Use")
    # Nothing has gone out by itself.
    expect(shop.page.locator("#people .theirs")).to_have_count(0)
    expect(page.locator(".sources")).to_contain_text("Trundle Dash")
    box(page).fill("These two fit best.")
    expect(page.locator(".reply-box .state")).to_contain_text("Your edit")
    box(page).press("Control+Enter")
    expect(shop.page.locator("#people .theirs")).to_contain_text("These two fit best.")
    expect(shop.page.locator("#people .theirs .by")).to_have_text("eve")
    expect(page.locator(".said.agent .words")).to_have_text("These two fit best.")
    expect(box(page)).to_have_value("")
    (label,) = office.labels.all("reply")
    assert label.was.startswith(DRAFT)
    assert (label.corrected, label.author) == ("These two fit best.", "eve")
    # What people said stays in its place when the conversation goes on, and after a reload.
    shop.say("thank you", 4)
    expect(shop.page.locator("#log .theirs")).to_have_text("eve\nThese two fit best.", use_inner_text=True)
    shop.reload()
    expect(shop.page.locator("#log .theirs")).to_contain_text("These two fit best.")
    expect(shop.page.locator("#live .bubble")).to_have_text("thank you")


def test_a_draft_is_thrown_away_when_the_customer_writes(visit: Any, office: Office) -> None:
    conversation = office.waiting("shoes under 80")
    page = signed_in(visit, office)
    taken(page, conversation)
    list(office.sessions.say(conversation, "how do I return them?"))
    expect(page.locator(".said.customer").last).to_contain_text("how do I return them?")
    # The old draft has left the box; the new line has its own.
    expect(box(page)).to_have_value(re.compile("30 days|Send it back"))
    expect(box(page)).not_to_have_value(BEGINS)
    assert [d.status for d in office.store.drafts(conversation)] == ["stale", "open"]
    box(page).fill("My own words")
    list(office.sessions.say(conversation, "shoes under 60 then"))
    expect(page.locator(".spare")).to_be_visible()
    expect(page.locator(".spare")).to_contain_text(DRAFT)
    expect(box(page)).to_have_value("My own words")
    page.locator("[data-put]").click()
    expect(box(page)).to_have_value(BEGINS)


def test_what_is_typed_outlives_looking_elsewhere_and_a_reload(visit: Any, office: Office) -> None:
    first, second = office.waiting("shoes under 80"), office.waiting("shoes under 70")
    page = signed_in(visit, office)
    taken(page, first)
    box(page).fill("half a sent")
    page.locator('button[data-view="waiting"]').click()
    taken(page, second)
    page.locator('button[data-view="mine"]').click()
    opened(page, first)
    expect(box(page)).to_have_value("half a sent")
    # A look that is under way would be cut off by the reload, and the browser would complain of it.
    page.wait_for_function("() => !lanternDesk.busy && !lanternDesk.writing && ((lanternDesk.channel = null), true)")
    page.reload()
    expect(box(page)).to_have_value("half a sent")
    # The page looks for news by itself; neither focus nor text is touched by it.
    box(page).focus()
    page.keyboard.type("ence")
    third = office.waiting("anybody there")
    page.wait_for_function(
        "[...document.querySelectorAll('button[data-view=waiting] b')].some(e => e.textContent === '1')"
    )
    expect(box(page)).to_be_focused()
    assert box(page).input_value().replace("ence", "", 1) == "half a sent"
    assert third


def test_what_is_sent_in_a_conversation_that_was_left_goes_out_there(visit: Any, office: Office) -> None:
    first, second = office.waiting("shoes under 80"), office.waiting("shoes under 70")
    page = signed_in(visit, office)
    taken(page, second)
    page.locator('button[data-view="waiting"]').click()
    taken(page, first)
    page.locator('button[data-view="mine"]').click()
    box(page).fill("for the first")
    page.wait_for_selector(f'[data-open="{second}"]')
    page.wait_for_function("() => !lanternDesk.busy && !lanternDesk.writing && !lanternDesk.acts.length")
    # Sent while another act is under way, and left at once.
    page.evaluate(
        """other => {
            lanternDesk.busy = true;
            document.querySelector('[data-send]').click();
            document.querySelector(`[data-open="${other}"]`).click();
            lanternDesk.busy = false;
            lanternDesk.next();
        }""",
        second,
    )
    page.wait_for_selector(f'[data-part="told"][data-kind="sent"][data-conversation="{first}"]', state="attached")
    page.wait_for_selector(f'[data-part="talk"][data-conversation="{second}"]', state="attached")
    assert page.evaluate("lanternDesk.conversation") == second
    assert [m.text for m in office.sessions.people(first)] == ["for the first"]
    assert office.sessions.people(second) == ()
    expect(box(page)).to_have_value(BEGINS)
    opened(page, first)
    expect(box(page)).to_have_value("")


def test_a_page_that_nobody_sits_at_stops_looking(visit: Any, office: Office) -> None:
    page = signed_in(visit, office)
    page.evaluate("lanternDesk.patience = 0")
    expect(page.locator(".paused")).to_be_visible()
    page.wait_for_function("() => !lanternDesk.busy && !lanternDesk.acts.length")
    office.waiting("shoes under 80")
    expect(page.locator(".rowbox")).to_have_count(0)
    page.evaluate("lanternDesk.patience = 600000")
    page.keyboard.press("Shift")
    expect(page.locator(".paused")).to_be_hidden()
    expect(page.locator(".rowbox")).to_have_count(1)


def test_of_two_who_edit_a_passage_the_second_keeps_what_was_typed(visit: Any, office: Office) -> None:
    page = signed_in(visit, office)
    page.locator('[data-sheet="policies"]').click()
    sheet = page.locator("#panel dialog[open]")
    sheet.locator(".pick", has_text="How long").click()
    text = sheet.locator("textarea[name=text]")
    expect(text).to_be_visible()
    heading = BOOK.passages[0].heading
    newest = office.desk.passage_history("returns", "en", heading)
    base = newest[0].version if newest else 0
    office.desk.save_passage("returns", "en", heading, "You have 45 days.", "bob", base=base)
    text.fill("You have 90 days.")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.get_by_role("alert")).to_contain_text("Somebody changed this passage")
    expect(sheet.locator("[data-theirs]")).to_contain_text("You have 45 days.")
    expect(text).to_have_value("You have 90 days.")
    assert serious(page) == []
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.locator("[data-theirs]")).to_have_count(0)
    expect(text).to_have_value("You have 90 days.")
    # As it was, for the tests after this one.
    sheet.get_by_role("button", name="Restore this: As shipped").click()
    expect(text).to_have_value("You have 30 days from delivery.")


def test_corrections_become_labels(visit: Any, office: Office) -> None:
    conversation = office.waiting("hmm where is my order A-20001", "shoes under 80 no white")
    page = signed_in(visit, office)
    taken(page, conversation)
    low = page.locator(".read.low")
    expect(low).to_contain_text("Unsure")
    expect(low).to_contain_text("Where is my order")
    low.get_by_role("button", name="Correct").click()
    page.locator(".pop:popover-open select").select_option("shipping_delivery")
    page.locator(".pop:popover-open").get_by_role("button", name="Save").click()
    expect(page.locator(".read", has_text="Delivery")).to_contain_text("corrected")
    (label,) = office.labels.all("intent", conversation=conversation)
    assert (label.was, label.corrected, label.author) == ("order_status", "shipping_delivery", "eve")
    page.get_by_role("button", name="Change: under $80").click()
    page.locator(".pop:popover-open input").fill("60")
    page.locator(".pop:popover-open input").press("Enter")
    expect(page.locator(".hints .chip .say").first).to_have_text("under $60")
    (label,) = office.labels.all("constraints", conversation=conversation)
    assert label.corrected["price_max"] == 60
    # The order of the conversation stands beside it, as data.
    expect(page.locator(".order")).to_contain_text("A-20001")
    expect(page.locator(".order")).to_contain_text("<b onclick")
    assert page.evaluate("window.broken") is None


def test_notes_saved_replies_summary_transfer_and_close(visit: Any, office: Office) -> None:
    conversation = office.waiting("shoes under 80")
    page = signed_in(visit, office)
    taken(page, conversation)
    page.locator('[data-mode="note"]').click()
    page.locator("#note-text").fill(f"call back {EVIL}")
    page.locator("#note-text").press("Control+Enter")
    expect(page.locator(".said.note .words")).to_have_text(f"call back {EVIL}")
    assert office.sessions.people(conversation) == ()
    page.locator('[data-mode="reply"]').click()
    page.locator('[data-sheet="canned"]').click()
    sheet = page.locator("#panel dialog[open]")
    sheet.locator("summary").click()
    sheet.get_by_label("Short name").fill("Thanks")
    sheet.get_by_label("Text", exact=True).fill("Thank you for waiting.")
    sheet.get_by_role("button", name="Save").click()
    sheet.locator(".pick", has_text="Thank you for waiting.").click()
    expect(sheet).to_be_hidden()
    expect(box(page)).to_have_value(re.compile(f"^{re.escape(DRAFT)}.*\\nThank you for waiting\\.$", re.DOTALL))
    page.locator(".goods [data-insert]").first.click()
    assert "Trundle Dash" in box(page).input_value()
    page.locator('[data-sheet="summary"]').click()
    expect(sheet.locator(".sum-text")).to_contain_text("80")
    page.keyboard.press("Escape")
    page.locator('[data-sheet="transfer"]').click()
    sheet.get_by_role("button", name="bob").click()
    expect(page.locator('button[data-view="handed_off"]')).to_have_attribute("aria-pressed", "true")
    expect(box(page)).to_be_disabled()
    other = signed_in(visit, office, "bob")
    other.locator('button[data-view="handed_off"]').click()
    opened(other, conversation)
    other.locator('[data-act="take"]').click()
    other.locator('[data-act="close"]').click()
    expect(other.locator('button[data-view="closed"] b')).to_have_text("1")


def test_full_auto_is_asked_for_and_ends_when_the_agent_writes(visit: Any, office: Office) -> None:
    conversation = office.waiting("shoes under 80")
    page = signed_in(visit, office)
    taken(page, conversation)
    switch = page.get_by_role("switch")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    sheet = page.locator("#panel dialog[open]")
    expect(sheet).to_contain_text("without anybody reading them first")
    sheet.get_by_role("button", name="Cancel").click()
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    sheet.get_by_role("button", name="Yes").click()
    expect(switch).to_have_attribute("aria-checked", "true")
    box(page).fill("It is me now.")
    page.locator("button[data-send]").click()
    expect(switch).to_have_attribute("aria-checked", "false")


def test_styles_next_questions_dismiss_and_copy(visit: Any, office: Office) -> None:
    conversation = office.waiting("shoes under 80")
    page = signed_in(visit, office)
    taken(page, conversation)
    page.locator('[popovertarget="styles"]').click()
    page.locator('.pop:popover-open [data-style="formal"]').click()
    page.wait_for_function("() => !document.body.dataset.drafting")
    expect(page.locator("button[data-send] .name")).to_have_text("Use")
    assert [d.style for d in office.store.drafts(conversation)] == ["standard", "formal"]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box(page).focus()
    page.keyboard.press("Alt+c")
    expect(page.locator("#told .told")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == box(page).input_value()
    page.locator("[data-dismiss]").click()
    expect(box(page)).to_have_value("")
    expect(page.locator("button[data-send] .name")).to_have_text("Send")
    question = page.locator("[data-question]").first
    asked = question.get_attribute("data-question")
    question.click()
    expect(page.locator(".why-draft q")).to_have_text(asked or "")
    expect(box(page)).not_to_have_value("")
    assert office.sessions.people(conversation) == ()


def test_a_pasted_conversation_and_policies_with_history(visit: Any, office: Office) -> None:
    page = signed_in(visit, office)
    page.locator('[data-sheet="paste"]').click()
    sheet = page.locator("#panel dialog[open]")
    sheet.locator("textarea").fill(f"Customer: shoes under 80 {EVIL}")
    sheet.get_by_role("button", name="Open it here").click()
    expect(page.locator(".said.customer .words")).to_contain_text(EVIL)
    expect(box(page)).to_have_value(BEGINS)
    page.locator('[data-sheet="customer"]').click()
    sheet.locator("textarea").fill("shoes under 70")
    sheet.get_by_role("button", name="Add").click()
    expect(page.locator(".said.customer")).to_have_count(2)
    page.locator('[data-sheet="policies"]').click()
    sheet.locator(".pick", has_text="How long").click()
    text = sheet.locator("textarea[name=text]")
    expect(text).to_have_value("You have 30 days from delivery.")
    text.fill("You have 60 days.")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.locator(".versions")).to_contain_text("You have 60 days.")
    assert any(p.text == "You have 60 days." and p.author == "eve" for p in office.desk.policies("en"))
    sheet.get_by_role("button", name="Restore this: As shipped").click()
    expect(text).to_have_value("You have 30 days from delivery.")
    assert [p.text for p in office.desk.policies("en") if p.heading.startswith("How long")] == [
        "You have 30 days from delivery."
    ]
    assert page.evaluate("window.broken") is None


def test_an_english_agent_serves_a_chinese_customer(visit: Any, office: Office) -> None:
    conversation = office.waiting("想买跑鞋，低于80")
    page = signed_in(visit, office)
    opened(page, conversation)
    page.locator('[data-act="take"]').click()
    expect(box(page)).to_have_value(re.compile(r"^\*\*这些\*\*跑鞋合适。第一双很轻。"))
    expect(page.locator(".hints .gist")).to_contain_text("shoes")
    page.locator("[data-language]").click()
    expect(page.locator(".sign h1")).to_have_text("客服工作台")
    expect(page.locator("button[data-send] .name")).to_have_text("采用")
    assert page.evaluate("document.documentElement.lang") == "zh"
    # The box has kept what was in it.
    expect(box(page)).to_have_value(re.compile(r"^\*\*这些\*\*跑鞋合适。第一双很轻。"))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(visit: Any, office: Office, width: int, scheme: str) -> None:
    conversation = office.waiting("hmm where is my order A-20001", "shoes under 80")
    page = signed_in(visit, office, "mia", width=width, height=844, color_scheme=scheme)
    assert serious(page) == []
    taken(page, conversation)
    # However much grows below it, the last line stays in sight.
    expect(page.locator(".said.customer").last).to_be_in_viewport()
    page.locator(".sources summary").click()
    assert serious(page) == []
    for sheet in ("summary", "canned", "transfer", "policies"):
        page.locator(f'[data-sheet="{sheet}"]').click()
        expect(page.locator("#panel dialog[open]")).to_be_visible()
        assert serious(page) == []
        page.keyboard.press("Escape")
    if width == 390:
        page.locator('button[data-pane="side"]').click()
        assert serious(page) == []
    page.locator("[data-language]").click()
    expect(page.locator("button[data-send] .name")).to_have_text("采用")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("link", name="提示词实验室")).to_have_attribute("href", "/lab")


def test_keys_alone_are_enough(visit: Any, office: Office) -> None:
    conversation = office.waiting("shoes under 80")
    page = signed_in(visit, office)

    def tab_to(selector: str) -> None:
        for _ in range(90):
            if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached with the tab key")

    tab_to(f'[data-open="{conversation}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-act="take"]')
    tab_to('[data-act="take"]')
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(BEGINS)
    expect(page.locator("button[data-send] .name")).to_have_text("Use")
    tab_to("#reply-text")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.agent")).to_have_count(1)
    (sent,) = office.sessions.people(conversation)
    assert sent.text.startswith(DRAFT)
    # Two lines, so that Enter alone never sends.
    expect(box(page)).to_be_focused()
    page.keyboard.type("a")
    page.keyboard.press("Enter")
    page.keyboard.type("b")
    expect(box(page)).to_have_value("a\nb")


def test_nobody_else_gets_in(visit: Any, office: Office) -> None:
    conversation = office.waiting("shoes under 80")
    page = visit().page
    page.goto(f"{office.address}/console/")
    assert "/sign-in" in page.url
    for path in ("/console", "/console/", "/console/config", "/console/gradio_api/queue/data"):
        answer = page.request.get(f"{office.address}{path}", max_redirects=0, headers={"accept": "text/html"})
        assert (answer.status, answer.headers["location"].split("?")[0]) == (303, "/sign-in"), path
    answer = page.request.post(f"{office.address}/console/gradio_api/queue/join", data={"fn_index": 0, "data": []})
    assert answer.status == 401
    assert conversation not in answer.text()


def test_a_sign_in_that_ended_says_so_and_keeps_the_text(visit: Any, office: Office) -> None:
    conversation = office.waiting("shoes under 80")
    one = visit()
    page = one.page
    page.goto(f"{office.address}/sign-in?next=%2Fconsole%2F")
    page.get_by_label("Name").fill("eve")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".queue")
    taken(page, conversation)
    box(page).fill("my words")
    page.context.clear_cookies()
    expect(page.locator(".signed-off")).to_be_visible(timeout=40_000)
    expect(box(page)).to_have_value("my words")
    page.close()
    # Refused requests are what this test is about.
    one.problems.clear()
