"""What the prompt lab says: one record with every string of a language, so that none can be missing in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.lab.told import Told


@dataclass(frozen=True, slots=True)
class LabWords:
    """Every string of the lab in one language; ``{}`` marks what is filled in."""

    lang: str
    title: str
    signed_in: str
    sign_out: str
    to_shop: str
    to_console: str
    other_language: str
    sections: str
    tabs: Mapping[str, str]
    leads: Mapping[str, str]
    offline: str
    failed: str
    task: str
    tasks: Mapping[str, str]
    # versions
    versions: str
    version: str
    in_use: str
    in_use_hint: str
    labels: Mapping[str, str]
    shipped: str
    own: str
    by: str
    edit: str
    editing: str
    no_note: str
    changed: str
    unchanged: str
    text_hint: str
    line: str
    go_to_line: str
    checking: str
    all_well: str
    not_well: str
    variables: str
    variables_hint: str
    variable: Mapping[str, str]
    variable_other: str
    lacking: str
    preview: str
    preview_hint: str
    product: str
    message: str
    message_example: str
    preview_first: str
    as_given: str
    filled_in: str
    placeholders: str
    tokens: str
    tokens_unknown: str
    answer_tokens: str
    compare_with: str
    no_changes: str
    changes_between: str
    left_out: str
    added: str
    removed: str
    save: str
    save_hint: str
    note: str
    note_hint: str
    saved: str
    discard: str
    move: str
    move_title: str
    moves: str
    no_moves: str
    move_line: str
    back_line: str
    shipped_version: str
    forced_line: str
    undo_move: str
    why: str
    why_hint: str
    free: str
    already: str
    missing_runs: str
    run_now: str
    all_gates: str
    some_gates: str
    gate_stands: str
    gate_falls: str
    gates: Mapping[str, str]
    do_move: str
    refused: str
    force: str
    force_hint: str
    force_do: str
    moved: str
    taken_back: str
    # try
    try_title: str
    try_hint: str
    one_a_line: str
    write: str
    searching: str
    writing: str
    found: str
    pick_product: str
    let_search: str
    keep_as_case: str
    nothing_yet: str
    seconds: str
    minutes: str
    share: str
    lengths: Mapping[str, str]
    first_after: str
    token_count: str
    all_supported: str
    claims_removed: str
    stood_in: str
    # cases
    cases_title: str
    cases_count: str
    cases_none: str
    add_case: str
    import_table: str
    import_hint: str
    import_file: str
    import_do: str
    import_sample: str
    imported: str
    not_imported: str
    too_large: str
    from_turns: str
    turns_title: str
    turns_hint: str
    turns_none: str
    intent: str
    any_intent: str
    language: str
    any_language: str
    languages: Mapping[str, str]
    since: str
    until: str
    contains: str
    look: str
    use_turn: str
    use_conversation: str
    said: str
    must_say: str
    must_say_hint: str
    must_not_say: str
    must_not_say_hint: str
    longest: Mapping[str, str]
    case_added: str
    conversation_of: str
    # runs
    new_run: str
    new_run_hint: str
    candidate: str
    baseline: str
    nobody: str
    how_many: str
    every_case: str
    some_cases: str
    afresh: str
    start: str
    runs: str
    runs_none: str
    run_of: str
    status: Mapping[str, str]
    progress: str
    left: str
    left_soon: str
    cancel: str
    go_on: str
    again: str
    back_to_runs: str
    filters: Mapping[str, str]
    filter_by: str
    rows_none: str
    case: str
    passes: str
    fails: str
    of_runs: str
    checks: Mapping[str, str]
    good: str
    bad: str
    comment: str
    comment_save: str
    commented: str
    marks: str
    more: str
    not_there: str
    export: str
    blind: str
    blind_hint: str
    blind_progress: str
    blind_left: str
    blind_right: str
    better_left: str
    better_right: str
    as_good: str
    blind_done: str
    blind_nothing: str
    revealed: str
    revealed_tie: str
    tally: str
    tally_interval: str
    tally_open: str
    tally_decided: str
    figures: str
    charts: Mapping[str, str]
    chart_note: Mapping[str, str]
    table_of: str
    columns: Mapping[str, str]
    better_worse: str
    # live split
    split_new: str
    split_hint: str
    split_name: str
    split_share: str
    split_start: str
    split_end: str
    split_running: str
    split_over: str
    split_none: str
    split_few_labels: str
    split_started: str
    split_ended: str
    # what is wrong
    told: Mapping[str, str]
    close: str

    def say(self, told: Told) -> str:
        """What is wrong, in this language."""
        details = {k: self.languages.get(v, v) if k in ("language", "wanted") else v for k, v in told.details.items()}
        return self.told.get(told.code, "{text}").format_map(_Lenient(details))

    def task_name(self, task: str) -> str:
        """What a task is called."""
        return self.tasks.get(task, task)

    def label(self, name: str) -> str:
        """What a label is called."""
        return self.labels.get(name, name)


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"
