"""The HTTP interface held against its own description: every answer, every refusal, every event, every example."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, get_args

import httpx
import jsonschema
import pytest
from fakes_assistant import PRODUCTS
from fastapi.testclient import TestClient
from small_shop import ORDERS, SHELF, small_assistant

from assistant import __version__
from assistant.lexicon import Lexicon
from assistant.server import build_app, schemas
from assistant.server.auth import Access
from assistant.server.docs_page import WORDS, _laid_out, kind_of
from assistant.server.guard import MAX_BODY
from assistant.server.openapi import EVENTS, REFUSALS
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import DeskStore, QueueStore
from assistant.store.conversations import ConversationStore
from assistant.types import COLORS, SORTS
from assistant.ui.pictures import Pictures
from assistant.ui.texts import words

SHOE, MUG = PRODUCTS[0].sku, "TST-MUG-01"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    folder = tmp_path_factory.mktemp("openapi")
    store = ConversationStore(f"sqlite:///{folder / 'c.sqlite'}")
    sessions = Sessions(small_assistant(folder, Lexicon.load()), store)
    yield sessions
    sessions.close()
    store.close()


@pytest.fixture(scope="module")
def client(shop: Sessions) -> Iterator[TestClient]:
    access = Access.of(shop.store.database, Settings.model_construct(rate_limit_address="100000/minute"))
    app = build_app(shop, Pictures({}, Lexicon.load()), access)
    with TestClient(app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    made: dict[str, Any] = client.get("/openapi.json").json()
    return made


def holds(document: dict[str, Any], value: object, schema: dict[str, Any]) -> None:
    """Validate a value against a schema of the document."""
    whole = {**schema, "components": document["components"]}
    jsonschema.validate(value, whole, cls=jsonschema.Draft202012Validator)


def asked(document: dict[str, Any], answer: httpx.Response, path: str) -> None:
    """Hold an answer against what the document says of its operation and status."""
    operation = document["paths"][path][answer.request.method.lower()]
    said = operation["responses"].get(str(answer.status_code))
    assert said is not None, f"{path} answered {answer.status_code}: {answer.text[:300]}"
    if "content" not in said:
        assert answer.content == b""
        return
    kind = answer.headers["content-type"].partition(";")[0]
    content = said["content"][kind]
    if kind == "text/event-stream":
        for name, data in frames(answer.text):
            holds(document, data, content["x-events"][name])
    else:
        holds(document, answer.json(), content["schema"])


def frames(text: str) -> list[tuple[str, dict[str, Any]]]:
    out = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        out.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return out


# -- the document -----------------------------------------------------------------------------------------------------


def test_the_document_is_openapi_3_1_of_this_version(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
    assert set(document["paths"]) == {
        "/healthz", "/api/chat", "/api/chat/stream", "/api/feedback", "/api/conversations/{conversation}",
        "/api/understand", "/api/search", "/api/recommend", "/api/compare", "/api/products/{sku}",
    }  # fmt: skip
    for name, model in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(model)
        assert model.get("description"), name
    operations = [o for methods in document["paths"].values() for o in methods.values()]
    assert len({o["operationId"] for o in operations}) == len(operations)
    for operation in operations:
        assert operation["description"]
        assert {"403", "404", "421", "422", "429", "500", "503"} <= set(operation["responses"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in document["components"]["schemas"]


def test_every_operation_has_examples_that_fit(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                holds(document, content["example"], content["schema"])
            for status, answer in operation["responses"].items():
                if not status.startswith("2") or "content" not in answer:
                    continue
                for kind, content in answer["content"].items():
                    assert content.get("example"), f"{method} {path}"
                    if kind == "application/json":
                        holds(document, content["example"], content["schema"])
                    else:
                        found = frames(content["example"])
                        assert [name for name, _ in found][:2] == ["understood", "products"]
                        for name, data in found:
                            holds(document, data, content["x-events"][name])


def test_the_models_name_what_the_product_knows() -> None:
    assert get_args(schemas.Color) == COLORS
    assert get_args(schemas.Sort) == SORTS
    assert set(get_args(schemas.Reason)) == set(words("en").reasons)


# -- every answer -----------------------------------------------------------------------------------------------------


def test_every_answer_is_as_described(client: TestClient, document: dict[str, Any]) -> None:
    chats = [
        client.post("/api/chat", json={"message": message})
        for message in ("shoes under $80", "想要跑鞋", "hello", "can I return this?", "", "show me number 9")
    ]
    for chat in chats:
        assert chat.status_code == 200
        asked(document, chat, "/api/chat")
    turn = chats[0].json()
    conversation, shown = turn["conversation"], turn["products"][0]["sku"]
    again = {"message": "compare the first two", "conversation": conversation}
    asked(document, client.post("/api/chat", json=again), "/api/chat")
    for message in ("shoes", "鞋", "who are you?"):
        asked(document, client.post("/api/chat/stream", json={"message": message}), "/api/chat/stream")
    for body in (
        {"conversation": conversation, "value": "up", "sku": shown},
        {"conversation": conversation, "value": "down", "sku": shown, "reason": "too_dear"},
        {"conversation": conversation, "value": "down", "reason": "other"},
        {"conversation": conversation, "value": "up", "turn": 1},
    ):
        answer = client.post("/api/feedback", json=body)
        assert answer.status_code == 200, answer.text
        asked(document, answer, "/api/feedback")
    searches: list[dict[str, Any]] = [
        {"text": "running shoes under $80"},
        {"text": "跑鞋", "k": 2},
        {"text": "", "k": 1},
        {"text": "shoes", "filters": {"price_max": 70, "colors": "red", "attributes": {"material": ["mesh", 3]}}},
        {"text": "mug", "filters": {"any_of": [{"price_max": 10}, {"colors": ["red"]}], "rating_min": None}},
        {"text": "anything", "filters": {"category": ["kitchen"], "sort": "price_asc", "references": [1]}},
        {"text": "shoes", "filters": {"price_max": 1}},
    ]
    for body in searches:
        answer = client.post("/api/search", json=body)
        assert answer.status_code == 200, answer.text
        asked(document, answer, "/api/search")
    for body in (
        {"history": [SHOE]},
        {"history": [SHOE, MUG], "cross_category": True, "k": 3, "language": "zh"},
        {"history": ["TST-BOTTLE/1"], "filters": {"price_max": 20}},
    ):
        answer = client.post("/api/recommend", json=body)
        assert answer.status_code == 200, answer.text
        asked(document, answer, "/api/recommend")
    answer = client.post("/api/compare", json={"skus": [p.sku for p in SHELF[:5]], "language": "zh"})
    assert answer.status_code == 200
    asked(document, answer, "/api/compare")
    for product in SHELF:
        answer = client.get(f"/api/products/{product.sku}", params={"language": "zh"})
        assert answer.status_code == 200, answer.text
        asked(document, answer, "/api/products/{sku}")
    for text in ("two red mugs under $20", "", "再便宜一点"):
        asked(document, client.post("/api/understand", json={"text": text}), "/api/understand")
    asked(document, client.get("/healthz"), "/healthz")
    gone = client.delete(f"/api/conversations/{conversation}")
    assert gone.status_code == 204
    asked(document, gone, "/api/conversations/{conversation}")


def test_a_search_keeps_its_filters_and_its_order(client: TestClient) -> None:
    found = client.post("/api/search", json={"text": "running shoes under $80", "k": 3}).json()
    assert [p["sku"] for p in found["products"]] == found["skus"]
    assert found["scores"] == sorted(found["scores"], reverse=True)
    assert all(p["price"] <= 80 for p in found["products"])
    assert found["applied"]["price_max"] == 80
    assert found["skus"], "the catalogue has such shoes"
    loose = client.post("/api/search", json={"text": "running shoes under $80", "filters": {"price_max": None}}).json()
    assert loose["total"] > found["total"]
    chinese = client.post("/api/search", json={"text": "跑鞋"}).json()
    assert chinese["language"] == "zh"
    assert {p["currency"] for p in chinese["products"]} == {"CNY"}


def test_recommendations_leave_out_what_is_known(client: TestClient) -> None:
    like = client.post("/api/recommend", json={"history": [SHOE], "k": 20}).json()
    assert SHOE not in like["skus"]
    assert PRODUCTS[1].sku not in like["skus"], "the same shoe in another colour is no recommendation"
    assert len(like["parts"]) == len(like["skus"]) == len(like["scores"])
    assert like["scores"] == sorted(like["scores"], reverse=True)
    across = client.post("/api/recommend", json={"history": [SHOE], "cross_category": True}).json()
    assert across["skus"]
    assert not any("shoe" in p["category"][-1] for p in across["products"])
    cheap = {"history": [SHOE], "cross_category": True, "filters": {"price_max": 15}}
    assert all(p["price"] <= 15 for p in client.post("/api/recommend", json=cheap).json()["products"])


def test_a_comparison_says_first_what_differs(client: TestClient) -> None:
    told = client.post("/api/compare", json={"skus": [SHOE, "TST-BOTTLE/1"]}).json()
    same = [row["same"] for row in told["rows"]]
    assert same == sorted(same)
    price = next(row for row in told["rows"] if row["field"] == "price")
    assert price["values"] == [59.0, 18.5]
    assert next(row for row in told["rows"] if row["field"] == "material")["values"] == ["mesh", "steel"]
    euro = client.post("/api/compare", json={"skus": [MUG, "TST-ODD-01"]}).json()
    assert {p["currency"] for p in euro["products"]} == {"USD", "EUR"}
    assert next(row for row in euro["rows"] if row["field"] == "price")["same"] is False


def test_text_that_gives_orders_is_not_told(client: TestClient) -> None:
    for answer in (
        client.get("/api/products/TST-ODD-01"),
        client.post("/api/compare", json={"skus": [MUG, "TST-ODD-01"]}),
        client.post("/api/search", json={"text": "desk lamp"}),
    ):
        assert answer.status_code == 200
        assert "instructions" not in answer.text.lower()
    assert ORDERS in SHELF[-1].description


def test_feedback_is_on_what_was_shown(client: TestClient) -> None:
    turn = client.post("/api/chat", json={"message": "shoes under $80"}).json()
    hidden = next(p.sku for p in SHELF if p.sku not in {c["sku"] for c in turn["products"]})
    body = {"conversation": turn["conversation"], "value": "up", "sku": hidden}
    answer = client.post("/api/feedback", json=body)
    assert (answer.status_code, answer.json()["where"]) == (404, "sku")


def test_a_forgotten_conversation_is_gone(client: TestClient) -> None:
    conversation = client.post("/api/chat", json={"message": "shoes"}).json()["conversation"]
    assert client.delete(f"/api/conversations/{conversation}").status_code == 204
    assert client.delete(f"/api/conversations/{conversation}").status_code == 404
    goes_on = client.post("/api/chat", json={"message": "and?", "conversation": conversation})
    assert goes_on.status_code == 404


def test_where_a_person_has_the_conversation(client: TestClient, document: dict[str, Any], shop: Sessions) -> None:
    where = "/api/conversations/{conversation}"
    conversation = client.post("/api/chat", json={"message": "shoes"}).json()["conversation"]
    standing = client.get(f"/api/conversations/{conversation}")
    asked(document, standing, where)
    assert standing.json() == {"conversation": conversation, "turns": 1, "with_person": False, "messages": []}

    queue, desk = QueueStore(shop.store.database), DeskStore(shop.store.database)
    queue.open(conversation)
    queue.call_for_people(conversation)
    streamed = client.post("/api/chat/stream", json={"message": "anybody?", "conversation": conversation})
    asked(document, streamed, "/api/chat/stream")
    events = frames(streamed.text)
    assert [name for name, _ in events] == ["heard", "done"]
    assert events[0][1] == {"turn": 2}
    assert (events[1][1]["reply"], events[1][1]["handoff"], events[1][1]["products"]) == ("", True, [])
    whole = client.post("/api/chat", json={"message": "hello?", "conversation": conversation})
    asked(document, whole, "/api/chat")
    assert whole.json()["reply"] == ""

    desk.say(conversation, "customer", "not theirs to read back")
    desk.say(conversation, "agent", "Here I am.", name="ann")
    standing = client.get(f"/api/conversations/{conversation}")
    asked(document, standing, where)
    assert standing.json()["with_person"] is True
    (message,) = standing.json()["messages"]
    assert (message["author"], message["text"], message["after_turn"]) == ("agent", "Here I am.", 3)
    later = client.get(f"/api/conversations/{conversation}", params={"after": message["id"]})
    assert later.json()["messages"] == []
    assert client.get("/api/conversations/never").status_code == 404
    assert client.get(f"/api/conversations/{conversation}?after=-1").status_code == 422


def test_every_open_route_counts_to_the_same_limit(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> None:
    folder = tmp_path_factory.mktemp("limit")
    store = ConversationStore(f"sqlite:///{folder / 'c.sqlite'}")
    sessions = Sessions(small_assistant(folder, lexicon), store)
    access = Access.of(store.database, Settings.model_construct(rate_limit_address="6/minute"))
    client = TestClient(
        build_app(sessions, Pictures({}, lexicon), access), base_url="http://127.0.0.1", raise_server_exceptions=False
    )
    body = {"text": "shoes"}
    answers = [
        client.post("/api/search", json=body),
        client.post("/api/understand", json=body),
        client.get(f"/api/products/{SHOE}"),
        client.post("/api/chat", json={"message": "hello"}),
        client.delete("/api/conversations/never"),
        client.get("/api/never"),
    ]
    assert [a.status_code for a in answers] == [200, 200, 200, 200, 404, 404]
    for refused in (client.post("/api/search", json=body), client.get(f"/api/products/{SHOE}")):
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert {"error", "where", "do"} <= refused.json().keys()
    for free in ("/healthz", "/openapi.json", "/docs"):
        assert client.get(free).status_code == 200
    sessions.close()
    store.close()


# -- every refusal ----------------------------------------------------------------------------------------------------

LONG = "长" * 33_000
JSON = {"content-type": "application/json"}
POSTS = ("/api/chat", "/api/chat/stream", "/api/feedback", "/api/understand", "/api/search", "/api/recommend",
         "/api/compare")  # fmt: skip


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"", JSON, 422),
        (b"\xff\xfe{}", JSON, 400),
        ('{"text": "caf\xe9"}'.encode("latin-1"), JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'{"k": ' + b"9" * 5000 + b"}", JSON, 400),
        (b"[]", JSON, 422),
        (b"null", JSON, 422),
        (b'"text"', JSON, 422),
        (b"{}", JSON, 422),
        (b'{"nonsense": 1}', JSON, 422),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"a=b", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b" " * (MAX_BODY + 1), JSON, 413),
        (b"{}", {**JSON, "origin": "http://evil.example"}, 403),
        (b"{}", {**JSON, "host": "evil.example"}, 421),
    ],
    ids=range(16),
)
def test_a_body_that_cannot_be_read(
    client: TestClient, document: dict[str, Any], path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = client.post(path, content=body, headers=headers)
    assert answer.status_code == status, answer.text[:300]
    told = answer.json()
    assert told["error"]
    assert told["do"]
    assert "\n" not in told["error"]
    assert len(told["error"]) < 300
    if status != 403:
        asked(document, answer, path)


@pytest.mark.parametrize(
    ("path", "body", "status", "where"),
    [
        ("/api/chat", {"message": 3}, 422, "message"),
        ("/api/chat", {"message": "a", "conversation": "never"}, 404, "conversation"),
        ("/api/chat/stream", {"message": "a", "conversation": "x" * 65}, 422, "conversation"),
        ("/api/understand", {"text": ["a"]}, 422, "text"),
        ("/api/search", {"text": "a", "k": 0}, 422, "k"),
        ("/api/search", {"text": "a", "k": 101}, 422, "k"),
        ("/api/search", {"text": "a", "k": "5"}, 422, "k"),
        ("/api/search", {"text": "a", "k": 2.5}, 422, "k"),
        ("/api/search", {"text": "a", "k": True}, 422, "k"),
        ("/api/search", {"text": "a", "filters": []}, 422, "filters"),
        ("/api/search", {"text": "a", "filters": {"price_max": "80"}}, 422, "filters.price_max"),
        ("/api/search", {"text": "a", "filters": {"colors": ["teal"]}}, 422, "filters.colors.0"),
        ("/api/search", {"text": "a", "filters": {"sort": "best"}}, 422, "filters.sort"),
        ("/api/search", {"text": "a", "filters": {"prize": 3}}, 422, "filters.prize"),
        ("/api/search", {"text": "a", "filters": {"attributes": 3}}, 422, "filters.attributes"),
        ("/api/search", {"text": "a", "filters": {"any_of": [{"sort": "newest"}]}}, 422, "filters.any_of.0.sort"),
        ("/api/search", {"text": "a", "filters": {"any_of": [{}]}}, 422, "filters.any_of"),
        ("/api/recommend", {"history": "S1"}, 422, "history"),
        ("/api/recommend", {"history": [SHOE] * 51}, 422, "history"),
        ("/api/recommend", {"history": [SHOE, "X-1"]}, 404, "history.1"),
        ("/api/recommend", {"history": [SHOE, 3]}, 422, "history.1"),
        ("/api/recommend", {"history": [SHOE], "cross_category": "yes"}, 422, "cross_category"),
        ("/api/recommend", {"history": [SHOE], "language": "fr"}, 422, "language"),
        ("/api/recommend", {"history": ["\ud800"]}, 422, "history.0"),
        ("/api/recommend", {"history": ["\x00\x07"]}, 404, "history.0"),
        ("/api/compare", {"skus": [SHOE]}, 422, "skus"),
        ("/api/compare", {"skus": [SHOE, SHOE]}, 422, "skus"),
        ("/api/compare", {"skus": [SHOE, ""]}, 422, "skus.1"),
        ("/api/compare", {"skus": [SHOE, "x" * 201]}, 422, "skus.1"),
        ("/api/compare", {"skus": [SHOE, LONG]}, 422, "skus.1"),
        ("/api/compare", {"skus": [SHOE, "X-1"]}, 404, "skus.1"),
        ("/api/feedback", {"conversation": "never", "value": "up"}, 404, "conversation"),
        ("/api/feedback", {"conversation": "never", "value": 1}, 422, "value"),
        ("/api/feedback", {"conversation": "never", "value": "up", "reason": "<b>"}, 422, "reason"),
        ("/api/feedback", {"conversation": "\x00", "value": "up"}, 404, "conversation"),
    ],
)
def test_a_field_that_cannot_be_used(
    client: TestClient, document: dict[str, Any], path: str, body: dict[str, Any], status: int, where: str
) -> None:
    answer = client.post(path, content=json.dumps(body), headers=JSON)
    assert answer.status_code == status, answer.text[:300]
    told = answer.json()
    assert told["where"] == where
    assert told["do"]
    assert "\n" not in told["error"]
    asked(document, answer, path)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none(client: TestClient, value: str) -> None:
    body = f'{{"text": "a", "filters": {{"price_max": {value}}}}}'
    answer = client.post("/api/search", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["where"]) == (422, "filters.price_max")


def test_feedback_on_a_reply_that_was_never_given(client: TestClient) -> None:
    turn = client.post("/api/chat", json={"message": "shoes"}).json()
    for number, status in ((1, 200), (2, 404), (0, 422), (-1, 422)):
        body = {"conversation": turn["conversation"], "value": "up", "turn": number}
        assert client.post("/api/feedback", json=body).status_code == status
    both = {"conversation": turn["conversation"], "value": "up", "turn": 1, "sku": turn["products"][0]["sku"]}
    assert client.post("/api/feedback", json=both).json()["where"] == "turn"


@pytest.mark.parametrize("path", ["/api/understand", "/api/search"])
@pytest.mark.parametrize(
    "text",
    ["", " \t\n", "x" * 100_000, LONG, "\x00\x07\x1b[31m\u202e", "\ud800 half", "\U0001f45f" * 500],
    ids=range(7),
)
def test_any_text_is_answered(client: TestClient, path: str, text: str) -> None:
    answer = client.post(path, content=json.dumps({"text": text}), headers=JSON)
    assert answer.status_code == 200, answer.text[:300]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/products/X-1", 404),
        ("GET", f"/api/products/{'x' * 201}", 422),
        ("GET", f"/api/products/{SHOE}?language=fr", 422),
        ("GET", "/api/products/%ff%fe", 404),
        ("GET", "/api/products/..%2f..%2fetc%2fpasswd", 404),
        ("DELETE", "/api/conversations/never", 404),
        ("DELETE", f"/api/conversations/{'x' * 65}", 422),
        ("GET", "/api/search", 405),
        ("PUT", "/api/chat", 405),
        ("POST", "/api/products/X-1", 405),
        ("GET", "/api/never", 404),
        ("POST", "/api/search/", 404),
    ],
)
def test_a_path_that_leads_nowhere(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status, answer.text[:300]
    assert answer.json().keys() == {"error", "where", "do"}


def test_a_sku_with_a_slash_is_found(client: TestClient) -> None:
    for path in ("/api/products/TST-BOTTLE/1", "/api/products/TST-BOTTLE%2F1"):
        assert client.get(path).json()["title"] == "Brook water bottle"


def test_what_is_refused_is_described(document: dict[str, Any]) -> None:
    assert set(REFUSALS) >= {400, 403, 404, 413, 415, 421, 422, 429, 500, 503}
    assert {"understood", "products", "heard", "text", "done", "error"} == set(EVENTS)


# -- the page ---------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collects what the page loads, its anchors and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), "no script in attributes"
            if name == "src" or (name == "href" and tag == "link"):
                self.loads.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name == "id":
                self.ids.append(value or "")


@pytest.mark.parametrize("tongue", ["en", "zh"])
def test_the_page_shows_every_operation_and_loads_nothing(
    client: TestClient, document: dict[str, Any], tongue: str
) -> None:
    answer = client.get("/docs", headers={"accept-language": f"{tongue}-XX"})
    assert answer.headers["content-type"].startswith("text/html")
    page = Page(answer.text)
    assert page.loads == []
    assert "script" not in page.tags
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link.startswith(("/", "#")), link
        assert not link.startswith("#") or link[1:] in page.ids, link
    for path in document["paths"]:
        assert path in answer.text
    for model in document["components"]["schemas"]:
        assert model in page.ids
    assert f'lang="{tongue}"' in answer.text
    assert WORDS[tongue].title in answer.text  # type: ignore[index]
    assert set(WORDS[tongue].groups) == {tag["name"] for tag in document["tags"]}  # type: ignore[index]


def test_an_example_on_the_page_is_the_example(client: TestClient, document: dict[str, Any]) -> None:
    text = html.unescape(client.get("/docs").text)
    for methods in document["paths"].values():
        for operation in methods.values():
            if "requestBody" in operation:
                example = operation["requestBody"]["content"]["application/json"]["example"]
                assert _laid_out(example) in text
            answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
            if answer is not None:
                assert json.loads(_laid_out(answer["example"])) == answer["example"]
                assert all(len(line) < 400 for line in _laid_out(answer["example"]).splitlines())


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"$ref": "#/components/schemas/Card"}, "Card"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text or null"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 6}, "list of whole number (2 – 6)"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object of number"),
        ({"enum": ["en", "zh"]}, '"en" | "zh"'),
        ({"const": "ok"}, '"ok"'),
        ({"type": "integer", "minimum": 1}, "whole number (from 1)"),
        ({"type": "string", "maxLength": 9}, "text (up to 9)"),
        ({}, "any value"),
    ],
)
def test_a_schema_in_words(schema: dict[str, Any], text: str) -> None:
    assert kind_of(schema).text == text
