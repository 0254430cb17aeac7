"""How true the answers to product questions are: each case is asked, and what is said is held against its label.

Knows labelled questions and how a reply is read: a yes or a no, a value that is accepted, or that the record does not
say. Does not know how an answer comes about: it is handed a function from a case to a reply.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from pydantic import ValidationError

from assistant.catalog.rows import product_from_record
from assistant.labelled.lines import Lines, language_of, read_lines, text_of
from assistant.lexicon import fold
from assistant.types import Product, ReplyLanguage

Kind: TypeAlias = Literal["value", "yes", "no", "unknown"]
Outcome: TypeAlias = Literal["correct", "unknown", "missed", "beside", "wrong"]
"""``unknown``: rightly said not to be known; ``missed``: said not to be known though the record tells; ``beside``: a
true quotation that leaves yes or no to the reader; ``wrong``: anything else."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_WANTED = '{"language": "en", "question": "…", "product": {…}, "answer": {"kind": "value", "accept": ["…"]}}'
_RESAMPLES = 2000
_QUOTED = re.compile(r"“([^”]*)”")
_ADMITS = re.compile(
    r"\b(?:does not|doesn't|do not|don't) (?:\w+ )?(?:say|state|mention|speak|go into|give|tell|cover|know)\b"
    r"|\bI can't say\b|\bholds no\b|\bis not stated\b|\bgives no\b"
    r"|没有?(?:单独|直接|具体|明确)?(?:写|提到|提及|说明|标明|注明|讲)|没有.{0,6}信息|不能确定|查不到"
)
# Where a reply takes a side: at the head of a sentence, outside of quotations. What it comes in after "does not come in
# XL; " affirms nothing that was asked.
_YES = re.compile(
    r"(?:^|[.!?;:]\s+)Yes\b|\bis in stock\b|(?<!; )(?<!whether )\bit comes in\b"
    r"|(?:^|[。！？；：])(?:是的?|对|可以的?|能的?|有的?|支持的?|含有?|包含|需要|适合|会|带|送|附带|兼容)，|有货(?!的)"
)
_NO = re.compile(
    r"(?:^|[.!?;:]\s+)No\b|\bsold out\b|\bdoes not come in\b|\bI don't see\b"
    r"|(?:^|[。！？；：])(?:不是的?|不对|不可以|不能|没有的?|不支持|不含|不包含|不需要|不适合|不会|不带|不送|不附带|不兼容)，"
    r"|售罄|卖完|没有[0-9A-Za-z.]+码?(?:，|的)|没有[^，。：]{1,6}的，目前"
)


@dataclass(frozen=True, slots=True)
class AnswerCase:
    """A question about a product; ``accept`` are ways to write the value where ``kind`` is ``value``."""

    id: str
    language: ReplyLanguage
    question: str
    product: Product
    kind: Kind
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A case with the reply as shown and what it amounts to."""

    case: AnswerCase
    reply: str
    outcome: Outcome


def read_answer_cases(path: Path) -> Lines[AnswerCase]:
    """Read labelled questions; a bad line is left out and named.

    Raises:
        TrainingError: the file cannot be read, or more of its lines are bad than good.
    """
    return read_lines(path, _case, wanted=_WANTED)


def measure_answers(cases: Sequence[AnswerCase], respond: Callable[[AnswerCase], str]) -> list[Answered]:
    """Ask every question once."""
    replies = [(case, respond(case)) for case in cases]
    return [Answered(case, reply, judge(case, reply)) for case, reply in replies]


def judge(case: AnswerCase, reply: str) -> Outcome:
    """What a reply amounts to.

    A value is right where one of the accepted forms stands in the reply, not inside of a longer number; yes or no where
    the reply says so itself: a quotation that lets the reader conclude it is ``beside``. Taking a side or naming a
    value where the record says nothing is wrong, whatever else is said.
    """
    # Titles are names, not statements: "No Fog goggles" denies nothing.
    bare = reply
    for title in {case.product.title, case.product.title_in("zh")}:
        bare = bare.replace(title, "")
    own = _QUOTED.sub("“”", bare)
    admits = bool(_ADMITS.search(own))
    yes, no = bool(_YES.search(own)), bool(_NO.search(own))
    if case.kind == "value":
        if any(_stands_in(form, bare) for form in case.accept):
            return "correct"
        return "missed" if admits else "wrong"
    if case.kind == "unknown":
        return "unknown" if admits and not (yes or no) else "wrong"
    if yes or no:
        return "correct" if (yes if case.kind == "yes" else no) and not (yes and no) else "wrong"
    if admits:
        return "missed"
    quotes = _QUOTED.findall(bare)
    return "beside" if quotes and all(_quotes(case.product, q) for q in quotes) else "wrong"


def answer_figures(answered: Sequence[Answered], *, seed: int = 0) -> dict[str, Any]:
    """All figures of a run, ready for JSON; shares are of 1.

    ``correct_or_unknown`` is the share that is right or says that the record does not tell, ``missed`` the part of it
    in which the record does; both it and ``wrong`` with a 95 % percentile bootstrap over the cases.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Raises:
        ValueError: there is nothing to measure.
    """
    if not answered:
        raise ValueError("there is nothing to measure: no case was given")
    return {
        **_figures(answered, seed),
        "languages": {
            language: _figures(told, seed)
            for language in ("en", "zh")
            if (told := [a for a in answered if a.case.language == language])
        },
        "kinds": {
            kind: _figures(told, seed)
            for kind in get_args(Kind)
            if (told := [a for a in answered if a.case.kind == kind])
        },
    }


def answer_table(figures: Mapping[str, Any]) -> list[str]:
    """The figures as a table: a row a language, a row a kind of answer, and all."""
    lines = [
        "| cases | n | correct | rightly unknown | missed | beside | wrong | correct or unknown (95 %) | wrong"
        " (95 %) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in {**figures["languages"], **figures["kinds"], "**all**": figures}.items():
        counts = " | ".join(str(row[outcome]) for outcome in OUTCOMES)
        shares = [
            f"{row[key]:.3f} ({row[f'{key}_95'][0]:.3f}–{row[f'{key}_95'][1]:.3f})"
            for key in ("correct_or_unknown", "wrong_share")
        ]
        lines.append(f"| {name} | {row['cases']} | {counts} | {' | '.join(shares)} |")
    return lines


def unlike(answered: Iterable[Answered]) -> Iterable[str]:
    """One line for each reply that is neither correct nor rightly says that the record does not tell."""
    for one in answered:
        if one.outcome not in ("correct", "unknown"):
            case = one.case
            asked, said = (json.dumps(text, ensure_ascii=False) for text in (case.question, one.reply))
            yield f"{case.id} {case.language} {case.kind} {one.outcome}: {asked} → {said}"


def _figures(answered: Sequence[Answered], seed: int) -> dict[str, Any]:
    counts = Counter(a.outcome for a in answered)
    good = [a.outcome in ("correct", "unknown", "missed") for a in answered]
    wrong = [a.outcome == "wrong" for a in answered]
    return {
        "cases": len(answered),
        **{outcome: counts[outcome] for outcome in OUTCOMES},
        "correct_or_unknown": round(sum(good) / len(answered), 4),
        "correct_or_unknown_95": _bounds(good, seed),
        "wrong_share": round(sum(wrong) / len(answered), 4),
        "wrong_share_95": _bounds(wrong, seed),
        "missed_share": round(counts["missed"] / len(answered), 4),
    }


def _bounds(hits: Sequence[bool], seed: int) -> list[float]:
    """The 95 % percentile interval of a share."""
    table = np.asarray(hits, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(table), size=(_RESAMPLES, len(table)))
    low, high = np.percentile(table[draws].mean(axis=1), [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def _squeezed(text: str) -> str:
    # "In 42, 2 left" has two numbers, "1,200" one.
    return re.sub(r"[\s,]+", "", re.sub(r"(?<=\d),\s+(?=\d)", ";", fold(text)))


def _stands_in(form: str, reply: str) -> bool:
    """Whether an accepted form is in a reply, white space and grouping of digits aside."""
    wanted, text = _squeezed(form), _squeezed(reply)
    at = text.find(wanted)
    while at >= 0:
        before, after = text[:at][-2:], text[at + len(wanted) :][:2]
        inside = wanted[:1].isdigit() and re.search(r"\d\.?$", before)
        longer = wanted[-1:].isdigit() and re.match(r"\.?\d", after)
        if not inside and not longer:
            return True
        at = text.find(wanted, at + 1)
    return False


def _quotes(product: Product, quote: str) -> bool:
    """Whether a quotation stands in the record, a cut at either end aside."""
    parts = [product.title, product.description, product.description_in("zh"), product.description_in("en")]
    parts += [f"{key} {value}" for key, value in product.attributes.items()]
    return any(_squeezed(quote.strip("… ")) in _squeezed(part) for part in parts)


def _case(record: Mapping[str, Any]) -> AnswerCase:
    row, answer = record.get("product"), record.get("answer")
    if not isinstance(row, dict) or not isinstance(answer, dict):
        raise ValueError("'product' and 'answer' must be objects")
    try:
        product = product_from_record(row)
    except (TypeError, ValidationError) as error:
        raise ValueError(f"'product' is no catalogue row: {error}") from error
    stated = answer.get("kind")
    kind = next((one for one in get_args(Kind) if one == stated), None)
    if kind is None:
        raise ValueError(f"'kind' of the answer must be one of {', '.join(get_args(Kind))}, got {stated!r}")
    accept = answer.get("accept", [])
    if not isinstance(accept, list) or not all(isinstance(a, str) and a.strip() for a in accept):
        raise ValueError("'accept' must be a list of texts")
    if kind == "value" and not accept:
        raise ValueError("an answer of kind 'value' needs 'accept', the ways to write it")
    language = language_of({"lang": record.get("lang", record.get("language"))})
    return AnswerCase(
        str(record.get("id") or ""),
        "zh" if language == "zh" else "en",
        text_of(record, "question"),
        product,
        kind,
        tuple(accept),
    )
