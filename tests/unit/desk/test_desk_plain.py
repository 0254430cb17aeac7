"""Tables in a reply become lines that any channel can show."""

from __future__ import annotations

from assistant.desk.plain import without_tables

TABLE = """Here they are side by side:

|   | Dash \\| Ink | Coast |
| --- | --- | --- |
| Price | $59.00 | $149.00 |
| Weight | 240 g | — |

Dash is lighter."""


def test_a_table_becomes_a_line_a_product() -> None:
    assert without_tables(TABLE, "en") == (
        "Here they are side by side:\n\n"
        "1. Dash | Ink – Price: $59.00, Weight: 240 g\n"
        "2. Coast – Price: $149.00\n\n"
        "Dash is lighter."
    )


def test_in_chinese_with_chinese_marks() -> None:
    said = without_tables("| 　 | 甲 | 乙 |\n| --- | --- | --- |\n| 价格 | ¥99 | — |", "zh")
    assert said == "1. 甲：价格 ¥99\n2. 乙"


def test_what_is_no_table_stays() -> None:
    for text in ("a | b", "A pipe |\nalone", "", "1. one\n2. two", "- a - b"):
        assert without_tables(text, "en") == text
