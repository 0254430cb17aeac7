"""Threads copied from elsewhere: who said what, in every layout that people paste."""

from __future__ import annotations

import pytest
from conftest import Office  # type: ignore[import-not-found]

from assistant.desk.threads import MOST_MESSAGES, own_name, parse_thread
from assistant.errors import StoreError, TooLongError

C, A, B, N = "customer", "agent", "assistant", "note"

LAYOUTS = [
    pytest.param(
        "Customer: Hi, shoes under $80\nNot red please\nAgent: One moment.\nCustomer: And Canada?\nBudget: 500",
        [(C, "Hi, shoes under $80\nNot red please"), (A, "One moment."), (C, "And Canada?\nBudget: 500")],
        id="roles",
    ),
    pytest.param(
        "客户：你好，想买跑鞋\n客服：预算多少？\n客户：500以内\n订单号：A-10002",
        [(C, "你好，想买跑鞋"), (A, "预算多少？"), (C, "500以内\n订单号：A-10002")],
        id="roles in Chinese",
    ),
    pytest.param(
        "买家: 多久发货\n卖家: 24小时内\n买家: 好", [(C, "多久发货"), (A, "24小时内"), (C, "好")], id="market"
    ),
    pytest.param(
        "User: need a phone\nBot: I'm a bot\nSupport (Eve): hi\nInternal note: asked the warehouse",
        [(C, "need a phone"), (B, "I'm a bot"), (A, "hi"), (N, "asked the warehouse")],
        id="machine, person and note",
    ),
    pytest.param("**Customer:** hello\n**Agent:** hi", [(C, "hello"), (A, "hi")], id="bold names"),
    pytest.param(
        "Customer service: How can we help?\nAnna: it is broken\nCustomer service: sorry",
        [(A, "How can we help?"), (C, "it is broken"), (A, "sorry")],
        id="customer service is the shop",
    ),
    pytest.param(
        "[12/03/2026, 14:05:33] Anna Smith: Where is A-10010?\n[12/03/2026, 14:06:01] Lantern Shop: Let me check.\n"
        "[12/03/2026, 14:06:40] Anna Smith: thanks\nit is urgent",
        [(C, "Where is A-10010?"), (A, "Let me check."), (C, "thanks\nit is urgent")],
        id="WhatsApp on iOS",
    ),
    pytest.param(
        "12/03/2026, 14:05 - Messages and calls are end-to-end encrypted.\n12/03/2026, 14:05 - Bob: a tent\n"
        "12/03/2026, 14:06 - Eve: for how many?\n12/03/2026, 14:07 - Bob: <Media omitted>\n"
        "12/03/2026, 14:07 - Bob: four: two kids",
        [(C, "a tent"), (A, "for how many?"), (C, "four: two kids")],
        id="WhatsApp on Android",
    ),
    pytest.param(
        "3/12/26, 2:05 PM - +1 555 010 7788: hi\n3/12/26, 2:06 PM - Shop: hello",
        [(C, "hi"), (A, "hello")],
        id="a number for a name",
    ),
    pytest.param(
        "(14:05:33) *** Visitor joined the chat ***\n(14:05:40) Visitor 123: is it waterproof?\n(14:06:00) Eve: Yes",
        [(C, "is it waterproof?"), (A, "Yes")],
        id="Zendesk chat",
    ),
    pytest.param(
        "Anna Smith  Mar 12, 2026 14:05\nMy lamp broke.\n\nSupport Team  Mar 12, 2026 14:20\nSo sorry!\n\n"
        "Anna Smith  Mar 12, 2026 14:25\nThanks",
        [(C, "My lamp broke."), (A, "So sorry!"), (C, "Thanks")],
        id="Zendesk ticket",
    ),
    pytest.param(
        "张三 2026/3/12 14:05\n这个防水吗\n店小二 2026/3/12 14:06\n亲，防水的\n张三 2026/3/12 14:07\n[图片]\n好的",
        [(C, "这个防水吗"), (A, "亲，防水的"), (C, "好的")],
        id="WeChat",
    ),
    pytest.param(
        "tb1234 (2026-03-12 14:05:33):\n有货吗\n灯笼小铺客服 (2026-03-12 14:05:50):\n有的亲",
        [(C, "有货吗"), (A, "有的亲")],
        id="name and time in brackets",
    ),
    pytest.param(
        "2026-03-12 14:05:33 王芳\n有红色的吗？\n2026-03-12 14:06:33 客服001\n有的",
        [(C, "有红色的吗？"), (A, "有的")],
        id="time first",
    ),
    pytest.param(
        "Maria [2:05 PM]\nhello there\nSam [2:06 PM]\nhi", [(C, "hello there"), (A, "hi")], id="time in brackets"
    ),
    pytest.param(
        "Maria: Do you have this in blue?\nJohn: Let me look\nMaria: thanks",
        [(C, "Do you have this in blue?"), (A, "Let me look"), (C, "thanks")],
        id="names alone",
    ),
    pytest.param(
        "Still waiting.\n\nOn Tue, Mar 3, 2026 at 10:00 AM Lantern Support <support@lantern.example> wrote:\n"
        "> Hello Tom,\n> it left yesterday.\n>\n> On Mon, Mar 2, 2026 at 9:12 AM Tom Field <tom@x.com>\n> wrote:\n"
        ">> Where is my order A-10010?\n>> -- \n>> Tom\n",
        [(C, "Where is my order A-10010?"), (A, "Hello Tom,\nit left yesterday."), (C, "Still waiting.")],
        id="mail with quotes",
    ),
    pytest.param(
        "From: Tom Field <tom@x.com>\nSent: Monday\nTo: support@lantern.example\nSubject: order\n\nWhere is it?\n\n"
        "-----Original Message-----\nFrom: Lantern <service@lantern.example>\nSent: Sunday\nTo: Tom\n\nIt has shipped.",
        [(A, "It has shipped."), (C, "Where is it?")],
        id="mail of Outlook",
    ),
    pytest.param(
        "还没到！\n\n在 2026年3月3日，客服 <service@x.cn> 写道：\n> 您好，已发货。\n>\n"
        "> 在 2026年3月2日，李雷 <li@x.cn> 写道：\n>> 我的包裹呢？",
        [(C, "我的包裹呢？"), (A, "您好，已发货。"), (C, "还没到！")],
        id="mail in Chinese",
    ),
    pytest.param(
        "I want a lamp for my desk.\nSomething warm: under 40 dollars",
        [(C, "I want a lamp for my desk.\nSomething warm: under 40 dollars")],
        id="no speaker",
    ),
]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_lines_come_oldest_first_with_their_authors(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(line.role, line.text) for line in parse_thread(text)] == expected


@pytest.mark.parametrize(
    ("text", "customer", "name"),
    [
        ("Eve: hello\nTom: hi\nEve: yes?\nTom: a lamp", "Tom", "Tom"),
        ("Eve: hello\nTom: hi\nEve: yes?\nTom: a lamp", "", "Eve"),
        ("Customer: hi\nAgent: hello", "", ""),
        ("Visitor 12: hi\nAgent: hello", "", ""),
    ],
)
def test_the_customer_is_who_was_named_or_spoke_first(text: str, customer: str, name: str) -> None:
    assert own_name(parse_thread(text, customer=customer)) == name


@pytest.mark.parametrize("text", ["", "  \n ", "[图片]", "Customer: \nAgent:  ", "x" * 60_001])
def test_what_holds_no_message_is_refused(text: str) -> None:
    with pytest.raises(StoreError):
        parse_thread(text)


def test_a_pasted_thread_is_understood_and_gets_no_reply(office: Office) -> None:
    text = "Ann Field: shoes under 80\nShop: any colour?\nAnn Field: no red: shoes\nInternal note: regular"
    conversation = office.desk.paste(text, "eve", channel="mail")
    case = office.desk.case(conversation, "eve")
    assert [(line.author, line.text) for line in case.lines] == [
        ("customer", "shoes under 80"),
        ("agent", "any colour?"),
        ("customer", "no red: shoes"),
    ]
    assert (case.ledger.price_max, case.ledger.exclude_colors) == (80, ("red",))
    assert (case.row.customer, case.row.channel, case.row.status, case.mine) == ("Ann Field", "mail", "taken", True)
    assert [n.text for n in case.notes] == ["regular"]
    assert [f.order.number for f in case.orders] == ["A-20001", "A-20002"]
    assert office.store.drafts(conversation) == ()
    assert [c.product.sku for c in office.desk.matching_products(conversation)] == ["TST-SHOE-02", "TST-SHOE-03"]


def test_a_refused_thread_leaves_nothing_behind(office: Office) -> None:
    with pytest.raises(StoreError):
        office.desk.paste(" ", "eve")
    assert office.desk.counts("eve") == {"waiting": 0, "mine": 0, "handed_off": 0, "closed": 0}


def test_a_thread_that_begins_with_the_agent(office: Office) -> None:
    conversation = office.desk.paste("Agent: hello\nCustomer: shoes under 80", "eve")
    assert [line.author for line in office.desk.case(conversation, "eve").lines] == ["agent", "customer"]


def test_a_long_thread_is_refused_in_one_sentence() -> None:
    parse_thread("Customer: hi\n" * MOST_MESSAGES)
    with pytest.raises(TooLongError, match="121 messages are too many"):
        parse_thread("Customer: hi\n" * (MOST_MESSAGES + 1))


def test_a_thread_comes_whole_or_not_at_all(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    read = office.sessions.read_in

    def breaks(conversation: str, message: str) -> int:
        # While it is read it is in nobody's queue.
        assert set(office.desk.counts("bob").values()) == {0}
        if "break" in message:
            raise RuntimeError("broken")
        return read(conversation, message)

    monkeypatch.setattr(office.sessions, "read_in", breaks)
    ids = iter(("first", "second"))
    monkeypatch.setattr(office.sessions, "new_id", lambda: next(ids))
    with pytest.raises(RuntimeError):
        office.desk.paste("Customer: shoes\nAgent: yes?\nCustomer: break", "eve")
    assert not office.sessions.knows("first")
    assert office.desk.paste("Customer: shoes", "eve") == "second"
    case = office.desk.case("second", "eve")
    assert (case.mine, case.bot, case.row.status) == (True, False, "taken")
    assert office.sessions.under_way == 0
