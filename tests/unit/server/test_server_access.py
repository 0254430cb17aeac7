"""Who may ask for what: every role on every protected path by every method, sign-in, proxies, limits, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import gradio as gr
import pytest
from argon2 import PasswordHasher
from fakes_assistant import FakeAssistant
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from assistant.errors import ConfigurationError
from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.server.auth import FORM_COOKIE, SESSION_COOKIE, VISIT_COOKIE, Access, SignedIn, current_user
from assistant.server.faces import Face, mount_face
from assistant.server.peers import Proxies, one_household
from assistant.server.rates import Rates
from assistant.server.roles import PROTECTED, may, required_role
from assistant.server.serve import check_sign_in
from assistant.server.sign_in import next_path
from assistant.server.upkeep import Upkeep
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import ConversationStore, Database, UserStore
from assistant.store.users import ROLES, Role
from assistant.ui.pictures import Pictures

PASSWORD = "correct horse battery"
BASE = "http://127.0.0.1:7860"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET = "the password of the safe"


def _page(text: str) -> Any:
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Markdown(text)
    return page


class Shop:
    """A server with a console, a lab and an admin route, and one user of each role."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.database = Database(f"sqlite:///{folder / 'shop.sqlite'}")
        self.users = UserStore(self.database, CHEAP)
        for role in ROLES:
            self.users.add(role, role, PASSWORD)
        self.sessions = Sessions(cast("Any", FakeAssistant()), ConversationStore(self.database))
        self.access = Access.of(self.database, Settings.model_construct(**settings))
        self.access.door.users = self.users
        faces = (
            Face("/console", _page("the console"), "agent"),
            Face("/lab", _page("the lab"), "manager"),
        )
        self.app = build_app(self.sessions, Pictures({}, Lexicon.load()), self.access, faces)
        for path in ("/api/console/x", "/api/lab/x", "/api/admin/x"):
            # Before the shop's page, which takes every path that is left.
            self.app.add_api_route(path, _who, methods=["GET", "POST", "PUT", "DELETE"])
            self.app.router.routes.insert(0, self.app.router.routes.pop())

    def client(self, role: str | None = None) -> TestClient:
        client = TestClient(self.app, base_url=BASE, raise_server_exceptions=False, follow_redirects=False)
        if role is not None:
            found = self.access.door.sign_in(role, PASSWORD, f"{role}'s")
            client.cookies.set(SESSION_COOKIE, found.token)  # type: ignore[union-attr]
        return client

    def close(self) -> None:
        self.sessions.close()
        self.database.close()


def _who(request: Request) -> dict[str, str]:
    user = current_user(request)
    assert user is not None
    return {"name": user.name}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("access"), sign_in_limit="1000/minute")
    with TestClient(shop.app, base_url=BASE):
        yield shop
    shop.close()


# -- role × path × method ---------------------------------------------------------------------------------------------

PATHS: tuple[tuple[str, Role | None], ...] = (
    ("/", None),
    ("/healthz", None),
    ("/consolex", None),
    ("/console", "agent"),
    ("/console/", "agent"),
    ("/console/config", "agent"),
    ("/console/gradio_api/queue/join", "agent"),
    ("/console/gradio_api/queue/data", "agent"),
    ("/console/gradio_api/heartbeat/abc", "agent"),
    ("/console/gradio_api/startup-events", "agent"),
    ("/console/gradio_api/app_id", "agent"),
    ("/console/theme.css", "agent"),
    ("/console/never-made", "agent"),
    ("/api/console/x", "agent"),
    ("/lab", "manager"),
    ("/lab/", "manager"),
    ("/lab/config", "manager"),
    ("/lab/gradio_api/queue/join", "manager"),
    ("/api/lab/x", "manager"),
    ("/api/lab/never-made", "manager"),
    ("/api/admin/x", "admin"),
    ("/admin", "admin"),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_role_on_every_path_by_every_method(shop: Shop, role: Role | None) -> None:
    client = shop.client(role)
    for path, needed in PATHS:
        for method in METHODS:
            if path.endswith(("heartbeat/abc", "queue/data")) and role is not None and may(role, needed or "agent"):
                continue  # these stream for as long as the page is open
            answer = client.request(method, path)
            case = f"{role} {method} {path}: {answer.status_code}"
            if needed is None or (role is not None and may(role, needed)):
                assert answer.status_code not in (401, 403), case
            elif role is None:
                assert answer.status_code == 401, case
                assert method == "HEAD" or answer.json()["error"] == "sign in first, at /sign-in", case
            else:
                assert answer.status_code == 403, case
                assert method == "HEAD" or f"'{needed}'" in answer.json()["error"], case
            if needed is not None and answer.status_code in (401, 403):
                assert answer.headers["cache-control"] == "no-store"


def test_every_protected_path_is_in_the_table() -> None:
    assert {prefix for prefix, _ in PROTECTED} <= {path.removesuffix("/x") for path, _ in PATHS}
    for path, needed in PATHS:
        assert required_role(path) == needed, path


def test_roles_are_ordered() -> None:
    assert [[may(mine, needed) for needed in ROLES] for mine in ROLES] == [
        [True, False, False], [True, True, False], [True, True, True],
    ]  # fmt: skip


def test_a_browser_is_led_to_the_form_or_told_why_not(shop: Shop) -> None:
    page = {"accept": "text/html,*/*;q=0.8"}
    led = shop.client().get("/lab?tab=runs&x=//evil", headers=page)
    assert led.status_code == 303
    assert led.headers["location"] == "/sign-in?next=%2Flab%3Ftab%3Druns%26x%3D%2F%2Fevil"
    refused = shop.client("agent").get("/lab", headers={**page, "accept-language": "zh-CN,zh"})
    assert refused.status_code == 403
    assert "无权访问" in refused.text
    shown = shop.client("manager").get("/lab?tab=runs", headers=page)
    assert (shown.status_code, shown.headers["location"]) == (307, "/lab/?tab=runs")
    seen = shop.client("manager").get("/lab/", headers=page)
    assert seen.status_code == 200
    assert "the lab" in seen.text
    assert seen.headers["cache-control"] == "no-store"
    assert "frame-ancestors" in seen.headers["content-security-policy"]
    assert shop.client("agent").get("/api/console/x").json() == {"name": "agent"}


@pytest.mark.parametrize(
    "path", ["//console", "/./console", "/x/../console", "/Console", "/console%2f..%2flab", "/%63onsole", "/console;x"]
)
def test_no_spelling_of_a_path_shows_the_page(shop: Shop, path: str) -> None:
    answer = shop.client().get(path, headers={"accept": "text/html"})
    assert "the console" not in answer.text
    assert "the lab" not in shop.client("agent").get(path.replace("onsole", "lab")).text


def test_gradio_asks_a_second_time(tmp_path: Path) -> None:
    """Without any middleware, the page itself still refuses who has no role."""
    app = FastAPI()
    mount_face(app, _page("the console"), "/console", "agent")
    with TestClient(app, base_url=BASE) as client:
        assert client.get("/console/config").status_code == 401
        assert client.post("/console/gradio_api/queue/join", json={"fn_index": 0, "data": []}).status_code == 401
        assert "the console" not in client.get("/console/").text


def test_a_page_cannot_be_mounted_where_the_table_asks_for_less() -> None:
    for path, role in (("/console", "manager"), ("/elsewhere", "agent")):
        with pytest.raises(ValueError, match="table of roles"):
            mount_face(FastAPI(), _page("x"), path, cast("Role", role))


def test_a_websocket_is_refused(shop: Shop) -> None:
    from starlette.websockets import WebSocketDisconnect

    for path in ("/console/x", "/", "/api/chat"):
        with pytest.raises(WebSocketDisconnect), shop.client("admin").websocket_connect(path):
            pass


# -- signing in and out -----------------------------------------------------------------------------------------------


def _token(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _enter(client: TestClient, **fields: str) -> Any:
    token = _token(client.get("/sign-in").text)
    return client.post("/sign-in", data={"token": token, "name": "agent", "password": PASSWORD, **fields})


def test_sign_in_and_out(shop: Shop) -> None:
    client = shop.client()
    entered = _enter(client, next="/console?x=1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/console?x=1")
    cookie = next(c for c in entered.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert client.get("/api/console/x").status_code == 200
    kept = client.cookies[SESSION_COOKIE]
    token = _token(client.get("/sign-out").text)
    assert client.post("/sign-out", data={"token": "x" * 32}).status_code == 403
    assert client.get("/api/console/x").status_code == 200
    assert client.post("/sign-out", data={"token": token, "lang": "zh"}).headers["location"] == "/sign-in?lang=zh"
    assert client.get("/api/console/x").status_code == 401
    client.cookies.set(SESSION_COOKIE, kept)
    assert client.get("/api/console/x").status_code == 401


def test_signing_in_again_ends_the_earlier_one(shop: Shop) -> None:
    client = shop.client("agent")
    before = client.cookies[SESSION_COOKIE]
    client.cookies.clear()
    client.cookies.set(SESSION_COOKIE, before)
    assert _enter(client, name="manager").headers["location"] == "/lab"
    other = shop.client()
    other.cookies.set(SESSION_COOKIE, before)
    assert other.get("/api/console/x").status_code == 401


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": "wrong password"}, 401),
        ({"name": "nobody"}, 401),
        ({"name": ""}, 401),
        ({"name": "a" * 100_000}, 401),
        ({"password": "x" * 100_000}, 401),
        ({"name": "agent' or 1=1 --"}, 401),
        ({"token": ""}, 403),
        ({"token": "other"}, 403),
    ],
)
def test_a_wrong_attempt_says_nothing_of_what_was_wrong(shop: Shop, fields: dict[str, str], status: int) -> None:
    client = shop.client()
    answer = _enter(client, **fields)
    assert answer.status_code == status
    assert SESSION_COOKIE not in client.cookies
    assert PASSWORD not in answer.text
    if status == 401:
        assert "Name and password do not belong together." in answer.text


def test_what_was_typed_is_never_markup(shop: Shop) -> None:
    page = _enter(shop.client(), name='"><script>alert(1)</script>', password="x", next='/"><script>').text
    assert "<script" not in page


def test_the_form_is_in_both_languages(shop: Shop) -> None:
    client = shop.client()
    assert "Sign in" in client.get("/sign-in", headers={"accept-language": "en-GB"}).text
    for answer in (
        client.get("/sign-in", headers={"accept-language": "zh-CN"}),
        client.get("/sign-in?lang=zh"),
        _enter(client, lang="zh", password="wrong"),
    ):
        assert '<html lang="zh">' in answer.text
        assert "登录" in answer.text


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("/lab", "/lab"), ("/lab?a=b", "/lab?a=b"), ("", None), ("lab", None), ("//evil.example", None), ("/\\evil", None),
     ("https://evil.example", None), ("/a\r\nset-cookie: x", None), ("/\\/evil", None), ("/" + "x" * 600, None)],
)  # fmt: skip
def test_nobody_is_led_elsewhere(wanted: str, given: str | None) -> None:
    assert next_path(wanted) == given


def test_attempts_are_limited_by_name_and_by_address(tmp_path: Path) -> None:
    shop = Shop(tmp_path, sign_in_limit="3/15 minutes")
    door = shop.access.door
    for _ in range(3):
        assert door.sign_in("agent", "wrong password", "10.0.0.1") is None
    client = shop.client()
    assert _enter(client).status_code == 303, "from elsewhere the owner of the name comes in"
    shop.close()


def test_attempts_for_one_name_from_everywhere_are_limited_too(tmp_path: Path) -> None:
    shop = Shop(tmp_path, sign_in_limit="3/15 minutes", sign_in_limit_name="4/15 minutes")
    door = shop.access.door
    for n in range(4):
        assert door.sign_in("agent", "wrong password", f"10.0.{n}.1") is None
    client = shop.client()
    answer = _enter(client)  # the right password, from another address, but for the same name
    assert answer.status_code == 429
    assert 800 <= int(answer.headers["retry-after"]) <= 900
    assert "Try again in 15 min" in answer.text
    assert SESSION_COOKIE not in client.cookies
    for _ in range(3):
        assert door.sign_in("nobody", "wrong password", "10.0.9.1") is None
    for name in ("manager", "admin", "nobody"):
        assert door.sign_in(name, PASSWORD, "10.0.9.1") == answer_of(door.sign_in(name, PASSWORD, "10.0.9.1"))
    shop.close()


def answer_of(found: object) -> object:
    """The address is over its limit whatever the name is."""
    from assistant.server.auth import TooMany

    assert isinstance(found, TooMany)
    return found


def test_a_success_forgives_the_name(tmp_path: Path) -> None:
    shop = Shop(tmp_path, sign_in_limit="3/15 minutes")
    for n in range(8):
        assert shop.access.door.sign_in("agent", PASSWORD, f"10.0.{n}.1") is not None
    shop.close()


def test_without_sign_in_everybody_here_is_an_admin(tmp_path: Path) -> None:
    shop = Shop(tmp_path, sign_in=False)
    assert shop.client().get("/api/admin/x").json() == {"name": "local"}
    shop.close()


# -- other sites ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/console/x", "/api/chat", "/sign-in", "/gradio_api/queue/join", "/console/"])
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": BASE}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": BASE}, True),
        ({}, True),
    ],
)
def test_a_page_of_another_site_changes_nothing(
    shop: Shop, method: str, path: str, headers: dict[str, str], passes: bool
) -> None:
    answer = shop.client("admin").request(method, path, headers=headers)
    told = "another site" in answer.text
    assert told is not passes
    assert (answer.status_code == 403 and told) or passes


# -- proxies ----------------------------------------------------------------------------------------------------------


def _behind(shop: Shop, address: str) -> TestClient:
    return TestClient(shop.app, base_url=BASE, raise_server_exceptions=False, client=(address, 50000))


def test_only_a_trusted_proxy_says_who_is_there(tmp_path: Path) -> None:
    shop = Shop(tmp_path, trusted_proxy="10.1.0.0/16, ::1", proxy_user_header="X-Auth-User")
    said = {"x-auth-user": "manager"}
    assert _behind(shop, "10.1.2.3").get("/api/lab/x", headers=said).json() == {"name": "manager"}
    assert _behind(shop, "10.1.2.3").get("/api/admin/x", headers=said).status_code == 403
    assert _behind(shop, "10.1.2.3").get("/api/lab/x", headers={"x-auth-user": "ghost"}).status_code == 401
    assert _behind(shop, "10.2.0.1").get("/api/lab/x", headers=said).status_code == 401
    assert _behind(shop, "not an address").get("/api/lab/x", headers=said).status_code == 401
    shop.users.disable("manager")
    assert _behind(shop, "10.1.2.3").get("/api/lab/x", headers=said).status_code == 401
    cookie = _behind(shop, "10.1.2.3").get("/sign-in", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    assert "Secure" in cookie
    assert (
        "Secure"
        not in _behind(shop, "9.9.9.9").get("/sign-in", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    )
    shop.close()


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.1.0.1", "8.8.8.8", "8.8.8.8"),
        ("10.1.0.1", "1.1.1.1, 8.8.8.8, 10.1.0.9", "8.8.8.8"),
        ("10.1.0.1", "", "10.1.0.1"),
        ("10.1.0.1", "junk", "10.1.0.1"),
        ("10.1.0.1", "8.8.8.8, junk, 10.1.0.9", "10.1.0.9"),
        ("10.1.0.1", "10.1.0.7", "10.1.0.7"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy_of_ours(peer: str, forwarded: str, client: str) -> None:
    assert Proxies.parse("10.1.0.0/16", None).client_behind(peer, forwarded) == client


@pytest.mark.parametrize(
    ("networks", "header", "says"),
    [
        ("10.0.0.0/33", None, "CIDR"),
        ("everybody", None, "CIDR"),
        ("0.0.0.0/0", None, "everybody"),
        ("", "x-user", "TRUSTED"),
    ],
)
def test_a_proxy_setting_that_cannot_be_meant_is_told(networks: str, header: str | None, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        Proxies.parse(networks, header)


def test_addresses_one_client_has_at_will_count_as_one() -> None:
    assert one_household("2001:db8::1") == one_household("2001:db8::ffff:1") != one_household("2001:db8:0:1::1")
    assert one_household("::ffff:1.2.3.4") == one_household("1.2.3.4") == "1.2.3.4"


# -- limits -----------------------------------------------------------------------------------------------------------


def test_messages_are_limited_by_address(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rate_limit_address="3/minute")
    client = _behind(shop, "8.8.8.8")
    statuses = [client.post("/api/chat", json={"message": "hello"}).status_code for _ in range(3)]
    refused = client.post("/api/chat/stream", json={"message": "hello"})
    assert statuses == [200, 200, 200]
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert re.fullmatch(r"too many messages at once; try again in \d+ seconds?", refused.json()["error"])
    assert client.post("/gradio_api/queue/join", json={}).status_code == 429
    assert client.get("/healthz").status_code == 200
    assert _behind(shop, "8.8.4.4").post("/api/chat", json={"message": "hello"}).status_code == 200
    shop.close()


def test_messages_are_limited_by_conversation_and_by_visit(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rate_limit_session="2/minute")
    client = shop.client()
    first = client.post("/api/chat", json={"message": "hello"}).json()["conversation"]
    again = [client.post("/api/chat", json={"message": "hello", "conversation": first}) for _ in range(3)]
    assert [a.status_code for a in again] == [200, 200, 429]
    assert int(again[-1].headers["retry-after"]) >= 1
    assert client.post("/api/chat", json={"message": "hello"}).status_code == 200
    visitor = shop.client()
    assert visitor.get("/").status_code == 200
    assert visitor.cookies[VISIT_COOKIE]
    assert [visitor.post("/api/chat", json={"message": "hello"}).status_code for _ in range(3)] == [200, 200, 429]
    shop.close()


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_rate_allows_so_many_in_any_stretch_and_says_how_long_to_wait() -> None:
    clock = Seconds()
    rates = Rates("2/10 seconds; 3/minute", "ASSISTANT_X", clock=clock)
    assert [rates.hit("a"), rates.hit("a"), rates.hit("a"), rates.hit("b")] == [None, None, 10, None]
    clock.now += 9.5
    assert rates.hit("a") == 1
    clock.now += 0.5
    assert rates.hit("a") is None
    clock.now += 10
    assert rates.hit("a") == 40  # what was refused before does not count: three uses, the first 20 s ago
    rates.forgive("a")
    assert rates.hit("a") is None
    assert Rates("0/minute", "ASSISTANT_X").hit("a") == 60


def test_what_clients_call_themselves_does_not_fill_the_memory() -> None:
    clock = Seconds()
    rates = Rates("1/minute", "ASSISTANT_X", clock=clock, most_keys=100)
    for n in range(300):
        rates.hit("visit", str(n))
        clock.now += 0.01
    assert rates.counted == 100
    assert rates.hit("visit", "299") is not None
    clock.now += 60
    assert rates.hit("visit", "new") is None
    assert rates.counted == 1


def test_an_address_over_its_limit_has_nothing_else_counted(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rate_limit_address="2/minute", sign_in_limit="2/15 minutes")
    for n in range(5):
        client = _behind(shop, "8.8.8.8")
        client.cookies.set(VISIT_COOKIE, f"visit-{n}")
        client.post("/api/chat", json={"message": "hello"})
        shop.access.door.sign_in("agent" if n > 1 else f"nobody{n}", "wrong password", "10.0.0.1")
    assert shop.access.per_session.counted == 2
    assert isinstance(shop.access.door.sign_in("agent", PASSWORD, "10.0.9.1"), SignedIn)
    shop.close()


@pytest.mark.parametrize("rule", ["", "often", "10", "-1/minute", "10/fortnight"])
def test_a_rate_that_cannot_be_read_is_told(rule: str) -> None:
    with pytest.raises(ConfigurationError, match="ASSISTANT_X"):
        Rates(rule, "ASSISTANT_X")


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", ["", "/console", "/lab"])
def test_no_file_outside_what_is_meant_can_be_read(shop: Shop, tmp_path: Path, mount: str) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    secret = str(tmp_path / "secret.txt")
    up = "/".join([".."] * 15)
    client = shop.client("admin")
    for path in (
        *(f"/gradio_api/{route}{secret}" for route in ("file=", "file/", "file=/", "stream/", "proxy=file://")),
        f"/gradio_api/file={up}{secret}",
        f"/gradio_api/queue/../file={secret}",
        f"/gradio_api//file={secret}",
        f"//gradio_api/file={secret}",
        f"/gradio_api/custom_component/x/client/y/{up}{secret}",
        *(f"/{route}/{up}{secret}" for route in ("assets", "static", "svelte")),
        *(f"/{route}/{up.replace('..', '%2e%2e')}{secret}" for route in ("assets", "static", "svelte")),
        *(
            f"/{route}/{up.replace('/', '%2f')}%2f{secret.replace('/', '%2f')}"
            for route in ("assets", "static", "svelte")
        ),
        *(f"/{route}{secret}" for route in ("assets/", "static/", "svelte/", "assets", "file=")),
        f"/pwa_icon/{up}{secret}",
        f"/monitoring/{up}{secret}",
        "/gradio_api/upload",
        "/gradio_api/info",
        "/gradio_api/vibe-code",
        "/monitoring",
    ):
        answer = client.get(mount + path)
        assert SECRET not in answer.text, path
        assert "shop.sqlite" not in answer.text, path
    assert client.post(f"{mount}/gradio_api/upload", files={"files": b"x"}).status_code == 404
    assert client.post(f"{mount}/login", data={"username": "a", "password": "b"}).status_code == 404


def test_a_request_of_unknown_length_is_refused(shop: Shop) -> None:
    answer = shop.client().post("/api/chat", content=iter([b"{}"]))
    assert answer.status_code == 411


def test_names_answered_by(tmp_path: Path) -> None:
    shop = Shop(tmp_path, public_names="Shop.example, other.example")
    client = shop.client()
    for host, status in (("shop.example", 200), ("SHOP.example:80", 200), ("192.168.0.2", 421), ("evil.example", 421)):
        assert client.get("/healthz", headers={"host": host}).status_code == status, host
    access = Access.of(shop.database, Settings.model_construct(), public=True)
    client = TestClient(build_app(shop.sessions, Pictures({}, Lexicon.load()), access), base_url=BASE)
    for host, status in (
        ("192.168.0.2:7860", 200),
        ("[fe80::1]:7860", 200),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ):
        assert client.get("/healthz", headers={"host": host}).status_code == status, host
    shop.close()


# -- open to other machines -------------------------------------------------------------------------------------------


def test_nobody_else_is_answered_before_an_admin_can_sign_in(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, cache=tmp_path)
    with pytest.raises(ConfigurationError, match="assistant users add NAME --role admin"):
        check_sign_in(settings, "0.0.0.0")
    assert list(tmp_path.iterdir()) == []
    database = Database(f"sqlite:///{tmp_path / 'conversations.sqlite'}")
    users = UserStore(database, CHEAP)
    users.add("ann", "manager", PASSWORD)
    with pytest.raises(ConfigurationError, match="admin"):
        check_sign_in(settings, "0.0.0.0")
    users.add("root", "admin", PASSWORD)
    check_sign_in(settings, "0.0.0.0")
    with pytest.raises(ConfigurationError, match="sign-in is off"):
        check_sign_in(Settings(data=tmp_path, cache=tmp_path, sign_in=False), "0.0.0.0")
    database.close()


def test_old_rows_are_deleted_at_the_start_and_again(tmp_path: Path) -> None:
    from store_contract import Watch

    watch = Watch()
    database = Database(f"sqlite:///{tmp_path / 'c.sqlite'}", clock=watch)
    store = ConversationStore(database)
    store.save_turn("old", {}, "x", {})
    watch.pass_(days=31)
    store.save_turn("new", {}, "x", {})
    upkeep = Upkeep(database, 30)
    assert store.load("old") is None
    assert store.load("new") == {}
    watch.pass_(days=31)
    assert upkeep.once().conversations == 1
    upkeep.close()
    database.close()


def test_the_form_cookie_is_no_session(shop: Shop) -> None:
    client = shop.client()
    client.get("/sign-in")
    client.cookies.set(SESSION_COOKIE, client.cookies[FORM_COOKIE])
    assert client.get("/api/console/x").status_code == 401
