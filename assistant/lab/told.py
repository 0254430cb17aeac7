"""What went wrong as a code and its details, so that a page can say it in the reader's language.

Knows how the stages below word their errors and reasons; holds no words of a page. What is not known here keeps its
own words, so nothing is ever hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

OTHER = "other"
"""The code of what is not known here; its only detail is ``text``."""

_CODES: tuple[tuple[str, str], ...] = (
    # a prompt's text
    ("unknown_key", r"(?P<key>\S+): unknown key; known are (?P<known>.*)"),
    ("twice", r"'(?P<key>[^']*)' is given twice"),
    ("no_text", r"neither text nor messages.*"),
    ("two_texts", r"both text and messages.*"),
    ("undeclared", r"the (?P<key>\S+) uses (?P<name>\w+), which `variables` does not declare"),
    ("unused", r"variables: (?P<name>.*) declared, but the text does not use it"),
    ("default_unknown", r"defaults\.(?P<key>\S+): `variables` does not declare .*"),
    ("template", r"the template is malformed: (?P<why>.*)"),
    ("forbidden", r"(?P<what>.*) cannot be used in a prompt"),
    ("not_yaml", r"not YAML: (?P<why>.*)"),
    ("not_pairs", r"wanted keys and values"),
    ("anchor", r"write the value out; .*"),
    ("user_last", r"(?P<key>\S+): the user speaks last.*"),
    ("role_turn", r"(?P<key>\S+): wanted (?P<wanted>user|assistant) after (?P<before>.*), got (?P<got>\w+)"),
    ("wanted", r"(?P<key>[a-z][\w.\[\]]*): wanted (?P<wanted>.*), got (?P<got>.*)"),
    ("no_values", r"variables missing (?P<name>.*); the prompt declares (?P<known>.*)"),
    ("not_rendered", r"the text cannot be rendered: (?P<why>.*)"),
    ("missing_key", r"missing (?P<key>[\w, ]+)"),
    ("too_long", r"too long: (?P<n>\d+) of (?P<bound>\d+)"),
    ("name_taken", r".*/(?P<name>\S+) exists; versions do not change: choose another name"),
    # a case
    ("case_language", r"'(?:checks\.)?language' must be en or zh, got (?P<got>.*)"),
    ("case_unknown", r"(?:a case|'checks') has no (?P<key>.*); known are (?P<known>.*)"),
    ("case_turns", r"'turns' stand alone.*"),
    ("case_number", r"'(?P<key>\w+)' must be a whole number, got (?P<got>.*)"),
    ("case_missing", r"'(?P<key>\w+)' is missing or empty"),
    ("case_cells", r"it has more cells than the header"),
    ("case_order", r"'min_(?P<key>\w+)' is above 'max_\w+'"),
    ("case_twice", r"the id '(?P<key>.*)' stands there twice"),
    ("case_known", r".*ids stand there already, or come twice: (?P<key>.*)"),
    ("case_text", r"'(?P<key>\w+)' must be (?:a |non-empty )*(?:text|list of texts)[^,]*(?:, got .*)?"),
    ("case_product", r"case \S+: the catalogue has no product '(?P<key>.*)';.*"),
    ("no_case", r"it holds no case"),
    ("not_csv", r"not CSV: (?P<why>.*)"),
    # what cannot be done
    ("shares", r"a trial needs two arms or more whose shares are above 0 and add up to 1, got .*"),
    ("split_running", r"trial '(?P<name>.*)' of task .* is under way; end it first"),
    ("split_label", r"no version of \S+ has the label '(?P<name>.*)'; there is (?P<known>.*)"),
    ("split_same", r"the labels mean the same version; a split needs two that differ"),
    ("split_production", r"a split needs a share for 'production', which the others are compared with"),
    ("split_taken", r"there is a trial '(?P<name>.*)' already; choose another name"),
    ("split_uses", r"the live split '(?P<name>.*)' uses the label '.*'; end it before the label moves"),
    ("not_stored", r"this cannot be stored: .*"),
    ("nothing_back", r"nothing to take back: .*"),
    ("nothing_to_run", r"there is no case to run; add one first"),
    ("run_failed", r"the run failed unexpectedly; the server's log says why"),
    ("no_run", r"there is no run '(?P<name>.*)'; choose one of the list"),
    # why a text fails
    ("claims_shown", r"(?P<n>\d+) unsupported claims shown"),
    ("claims_made", r"(?P<n>\d+) claims had to go"),
    ("wrote_other", r"the model did not write (?P<language>\w+)"),
    ("shown_other", r"the text shown is not (?P<language>\w+)"),
    ("says_none", r"says none of (?P<words>.*)"),
    ("says", r"says (?P<words>.*)"),
    ("too_few_words", r"(?P<n>\d+) words, wanted at least (?P<bound>\d+)"),
    ("too_many_words", r"(?P<n>\d+) words, wanted at most (?P<bound>\d+)"),
    ("too_few_characters", r"(?P<n>\d+) characters, wanted at least (?P<bound>\d+)"),
    ("too_many_characters", r"(?P<n>\d+) characters, wanted at most (?P<bound>\d+)"),
    ("not_stated", r"does not state (?P<words>.*)"),
    # why there is no text
    ("no_product", r"the conversation ends in '(?P<action>.*)', not in a recommendation"),
    ("other_language", r"the assistant answers in (?P<language>\w+), the case is (?P<wanted>\w+)"),
    ("interrupted", r"interrupted"),
)
CODES: tuple[str, ...] = (*(code for code, _ in _CODES), OTHER)
"""Every code there is; a page has words for each."""

_PATTERNS = tuple((code, re.compile(pattern, re.DOTALL)) for code, pattern in _CODES)


@dataclass(frozen=True, slots=True)
class Told:
    """What is wrong: a code of :data:`CODES`, and what it is about."""

    code: str
    details: Mapping[str, str] = field(default_factory=dict)


def told_of(message: str) -> Told:
    """The code and details of a message."""
    for code, pattern in _PATTERNS:
        found = pattern.fullmatch(message.strip())
        if found is not None:
            return Told(code, found.groupdict())
    return Told(OTHER, {"text": message.strip()})
