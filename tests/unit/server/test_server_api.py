"""The HTTP interface over a scripted assistant: contract, errors, limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes_assistant import FakeAssistant
from fastapi.testclient import TestClient

from assistant.errors import ConfigurationError
from assistant.lexicon import Lexicon
from assistant.server import build_app, serve
from assistant.server.guard import MAX_BODY, is_loopback
from assistant.server.serve import open_database
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store.conversations import ConversationStore
from assistant.ui.pictures import Pictures

TURN = {
    "intent", "confidence", "language", "ledger", "action", "products", "referenced", "question", "reply",
    "asks_clarification", "handoff", "refused", "relaxed", "cart", "claims", "prompt", "ms", "conversation",
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store = ConversationStore(f"sqlite:///{tmp_path_factory.mktemp('api') / 'c.sqlite'}")
    sessions = Sessions(FakeAssistant(), store)
    app = build_app(sessions, Pictures({}, Lexicon.load()))
    with TestClient(app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client
    sessions.close()
    store.close()


def _events(text: str) -> list[tuple[str, dict[str, Any]]]:
    out = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        out.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return out


def test_health(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "products": 5}


def test_a_turn_has_every_field_of_the_contract(client: TestClient) -> None:
    turn = client.post("/api/chat", json={"message": "shoes under 80"}).json()
    assert turn.keys() == TURN
    assert [p["price"] for p in turn["products"]] == [59.0, 61.0, 75.5]


def test_a_conversation_goes_on_by_its_id(client: TestClient) -> None:
    first = client.post("/api/chat", json={"message": "shoes under 80"}).json()
    second = client.post("/api/chat", json={"conversation": first["conversation"], "message": "add number 2"}).json()
    assert second["conversation"] == first["conversation"]
    assert second["cart"] == [{"sku": "TST-SHOE-02", "quantity": 1}]
    other = client.post("/api/chat", json={"message": "hello"}).json()
    assert other["conversation"] != first["conversation"]
    assert other["cart"] == []


def test_the_stream_is_the_same_turn_cards_before_text(client: TestClient) -> None:
    answer = client.post("/api/chat/stream", json={"message": "想买跑鞋"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = _events(answer.text)
    assert [name for name, _ in events] == ["understood", "products", "text", "text", "done"]
    done = events[-1][1]
    assert done.keys() == TURN
    assert events[1][1]["products"] == done["products"]
    assert "".join(data["text"] for name, data in events if name == "text") == done["reply"]
    again = client.post("/api/chat", json={"conversation": done["conversation"], "message": "hello"})
    assert again.status_code == 200


def test_an_unknown_conversation_is_404(client: TestClient) -> None:
    for route in ("/api/chat", "/api/chat/stream"):
        answer = client.post(route, json={"conversation": "never", "message": "hello"})
        assert answer.status_code == 404
        assert "'never'" in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("{", 400, "JSON"),
        ("", 422, "body"),
        ("[]", 422, "body"),
        ("{}", 422, "'message'"),
        ('{"message": 3}', 422, "'message'"),
        ('{"message": null}', 422, "'message'"),
        ('{"message": "a", "conversation": 3}', 422, "'conversation'"),
        ('{"message": "a", "conversation": ""}', 422, "'conversation'"),
        ('{"message": "a", "mesage": "b"}', 422, "'mesage'"),
    ],
)
def test_a_bad_body_gets_one_clear_line(client: TestClient, body: str, status: int, says: str) -> None:
    answer = client.post("/api/chat", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "where", "do"}
    assert says in answer.json()["error"]


@pytest.mark.parametrize(
    "message",
    ["", "   ", "x" * 100_000, "长" * 100_000, "\x00\x07\u202e", "\U0001f600", "\ud800 half a pair"],
    ids=range(7),
)
def test_any_text_is_answered(client: TestClient, message: str) -> None:
    for route in ("/api/chat", "/api/chat/stream"):
        body = json.dumps({"message": message})
        answer = client.post(route, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200
        assert "reply" in answer.text


def test_a_failure_is_told_without_its_inside(client: TestClient) -> None:
    whole = client.post("/api/chat", json={"message": "boom"})
    assert whole.status_code == 500
    assert "script" not in whole.json()["error"]
    streamed = _events(client.post("/api/chat/stream", json={"message": "boom"}).text)
    assert streamed[-1][0] == "error"
    assert "script" not in streamed[-1][1]["error"]


def test_too_large_a_body_is_refused(client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message": "x" * (MAX_BODY + 1)})
    assert answer.status_code == 413
    assert "error" in answer.json()


def test_only_loopback_names_are_answered(client: TestClient) -> None:
    for host in ("127.0.0.1:7860", "localhost", "[::1]:7860"):
        assert client.get("/healthz", headers={"host": host}).status_code == 200
    for host in ("shop.example", "127.0.0.1.example", "192.168.1.9:7860", ""):
        answer = client.get("/healthz", headers={"host": host})
        assert answer.status_code == 421
        assert "loopback" in answer.json()["error"]


def test_no_upload_no_files_no_api_pages(client: TestClient) -> None:
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404
    assert client.get("/gradio_api/file=/etc/passwd").status_code == 404
    assert client.get("/gradio_api/runs").status_code == 404
    assert client.get("/gradio_api/openapi.json").status_code == 404
    assert "/gradio_api" not in client.get("/openapi.json").text


def test_the_page_is_there_with_its_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Lantern" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "https:" not in policy


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("::1", True), ("[::1]", True),
     ("0.0.0.0", False), ("::", False), ("192.168.0.2", False), ("shop.example", False), ("", False)],
)  # fmt: skip
def test_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside


def test_other_machines_are_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, cache=tmp_path)
    with pytest.raises(ConfigurationError, match="sign-in"):
        serve(settings, host="0.0.0.0", port=0)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_told_at_once(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"{port}.*--port"):
            serve(Settings(data=tmp_path, cache=tmp_path), port=port)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="data folder"):
        open_database(Settings(data=tmp_path / "file" / "below"))
