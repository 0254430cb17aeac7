"""``/docs``: the OpenAPI document as one plain page, in the reader's language as far as it is the page that speaks.

What routes and fields mean is said in the document, in English, and only shown here, so that the two cannot drift.
Knows the shape of OpenAPI documents; knows no route.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from assistant.server.pages import Tongue


@dataclass(frozen=True, slots=True)
class DocsWords:
    """Every word of the page itself in one language."""

    lang: str
    other_lang: str
    other_name: str
    title: str
    skip: str
    contents: str
    models: str
    sends: str
    answers: str
    refusals: str
    events: str
    example: str
    field: str
    kind: str
    meaning: str
    optional: str
    standard: str
    status: str
    download: str
    to_shop: str
    version: str
    agents: str
    agents_text: str
    in_english: str
    groups: Mapping[str, str]


WORDS: dict[Tongue, DocsWords] = {
    "en": DocsWords(
        lang="en",
        other_lang="zh",
        other_name="中文",
        title="The shop over HTTP",
        skip="Skip to the contents",
        contents="Contents",
        models="What goes in and out",
        sends="Send",
        answers="Answer",
        refusals="When a request is refused",
        events="Events",
        example="Example",
        field="Field",
        kind="Value",
        meaning="Meaning",
        optional="optional",
        standard="otherwise",
        status="Status",
        download="The same for programs (OpenAPI)",
        to_shop="To the shop",
        version="Version",
        agents="For agents (MCP)",
        agents_text=(
            "The tools search, recommend, compare and product are served at /mcp (streamable HTTP), "
            "and by the command “assistant mcp” over standard input and output."
        ),
        in_english="",
        groups={"conversation": "Conversation", "catalogue": "Catalogue", "server": "Server"},
    ),
    "zh": DocsWords(
        lang="zh",
        other_lang="en",
        other_name="English",
        title="店铺的 HTTP 接口",
        skip="跳到目录",
        contents="目录",
        models="输入与输出",
        sends="请求",
        answers="响应",
        refusals="请求被拒绝时",
        events="事件",
        example="示例",
        field="字段",
        kind="取值",
        meaning="含义",
        optional="可选",
        standard="默认",
        status="状态码",
        download="供程序读取的同一份说明（OpenAPI）",
        to_shop="返回店铺",
        version="版本",
        agents="供智能体使用（MCP）",
        agents_text=(
            "search、recommend、compare、product 四个工具由 /mcp 提供（streamable HTTP），"
            "也可用命令 “assistant mcp” 通过标准输入输出使用。"
        ),
        in_english="各接口与字段的说明取自接口本身，为英文。",
        groups={"conversation": "对话", "catalogue": "商品目录", "server": "服务器"},
    ),
}

_TEMPLATES = Environment(
    loader=PackageLoader("assistant.server", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_BODY_TYPES = ("application/json", "text/event-stream")
_LINE = 88


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds, in words, and the model it refers to, if any."""

    text: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class FieldView:
    """One line of a model's table."""

    name: str
    kind: Kind
    required: bool
    default: str | None
    meaning: str


def docs_page(document: Mapping[str, Any], tongue: Tongue) -> str:
    """The page.

    Args:
        document: OpenAPI 3.1.
        tongue: of the page's own words.
    """
    models = document["components"]["schemas"]
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return _TEMPLATES.get_template("docs.html").render(
        w=WORDS[tongue],
        about=document["info"]["description"].replace("`", ""),
        version=document["info"]["version"],
        groups=[
            {**tag, "operations": [operation for operation in operations if operation["tag"] == tag["name"]]}
            for tag in document["tags"]
        ],
        refusals=_refusals(document),
        models=[{"name": name, "about": m.get("description", ""), "fields": _fields(m)} for name, m in models.items()],
    )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    status = next(status for status in operation["responses"] if status.startswith("2"))
    contents: dict[str, Any] = success.get("content", {})
    content: dict[str, Any] = next((contents[kind] for kind in _BODY_TYPES if kind in contents), {})
    return {
        "id": f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        "method": method.upper(),
        "path": path,
        "tag": operation["tags"][0],
        "about": operation.get("description") or operation["summary"],
        "parameters": [
            FieldView(p["name"], kind_of(p["schema"]), p.get("required", False), _default(p["schema"]), _meaning(p))
            for p in operation.get("parameters", ())
        ],
        "sends": kind_of(sent["schema"]) if sent else None,
        "sent": _pretty(sent.get("example")),
        "status": status,
        "answers": kind_of(content["schema"]) if "schema" in content else None,
        "answered": _pretty(content.get("example")),
        "told": success["description"].replace("`", "") if "x-events" in content else "",
        "events": [(name, kind_of(schema)) for name, schema in content.get("x-events", {}).items()],
    }


def _refusals(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every refusal of any operation, by status."""
    found = {
        status: answer["description"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if not status.startswith("2")
    }
    return sorted(found.items())


def _fields(model: Mapping[str, Any]) -> list[FieldView]:
    required = model.get("required", ())
    return [
        FieldView(name, kind_of(schema), name in required, _default(schema), _meaning(schema))
        for name, schema in model.get("properties", {}).items()
    ]


def kind_of(schema: Mapping[str, Any]) -> Kind:
    """What a JSON schema allows, in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return Kind(name, name)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            kinds = [kind_of(one) for one in schema[several]]
            return Kind(" or ".join(k.text for k in kinds), next((k.model for k in kinds if k.model), None))
    if "enum" in schema:
        return Kind(" | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"]))
    if "const" in schema:
        return Kind(json.dumps(schema["const"], ensure_ascii=False))
    match schema.get("type"):
        case "array":
            inner = kind_of(schema.get("items", {}))
            return Kind(f"list of {inner.text}{_bounds(schema, 'minItems', 'maxItems')}", inner.model)
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            inner = kind_of(schema["additionalProperties"])
            return Kind(f"object of {inner.text}", inner.model)
        case "string":
            return Kind(f"text{_bounds(schema, 'minLength', 'maxLength')}")
        case "integer":
            return Kind(f"whole number{_bounds(schema, 'minimum', 'maximum')}")
        case "number":
            return Kind(f"number{_bounds(schema, 'minimum', 'maximum')}")
        case "boolean":
            return Kind("true | false")
        case "null":
            return Kind("null")
        case "object":
            return Kind("object")
    return Kind("any value")


def _bounds(schema: Mapping[str, Any], low: str, high: str) -> str:
    least, most = schema.get(low), schema.get(high)
    if least is not None and most is not None:
        return f" ({least} – {most})"
    return f" (from {least})" if least is not None else f" (up to {most})" if most is not None else ""


def _default(schema: Mapping[str, Any]) -> str | None:
    default = schema.get("default")
    return None if default is None else json.dumps(default, ensure_ascii=False)


def _meaning(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", ""))


def _pretty(example: object) -> str:
    if example is None:
        return ""
    return example.strip() if isinstance(example, str) else _laid_out(example)


def _laid_out(value: Any, depth: int = 0) -> str:
    """JSON with what is short on one line: most of a record is lists of a word or two."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + 2 * depth <= _LINE or not isinstance(value, dict | list) or not value:
        return flat
    inner = "  " * (depth + 1)
    if isinstance(value, dict):
        lines = [
            f"{inner}{json.dumps(k, ensure_ascii=False)}: {_laid_out(v, depth + 1).lstrip()}" for k, v in value.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"
    return "[\n" + ",\n".join(inner + _laid_out(v, depth + 1) for v in value) + "\n" + "  " * depth + "]"
