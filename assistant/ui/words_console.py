"""What the agent console says: one record with every string of a language, so that none can be missing in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsoleWords:
    """Every string of the console in one language; ``{}`` marks what is filled in."""

    lang: str
    title: str
    to_shop: str
    to_lab: str
    sign_out: str
    signed_in: str
    other_language: str
    policies: str
    loading: str
    queue: str
    conversation: str
    customer: str
    panes: str
    paste: str
    unnamed: str
    waits: str
    now: str
    minutes: str
    hours: str
    days: str
    unsure: str
    sure_share: str
    you: str
    assistant: str
    automatic_mark: str
    nothing_open: str
    nothing_open_text: str
    gone: str
    gone_text: str
    take: str
    take_hint: str
    release: str
    transfer: str
    close_case: str
    reopen: str
    with_colleague: str
    summary: str
    add_customer: str
    automatic: str
    automatic_on: str
    automatic_off: str
    automatic_ask: str
    automatic_text: str
    automatic_yes: str
    cancel: str
    save: str
    read_as: str
    corrected: str
    correct: str
    correct_ask: str
    keep_example: str
    kept_example: str
    in_short: str
    note_mark: str
    wishes: str
    no_wishes: str
    reply: str
    note: str
    reply_label: str
    reply_place: str
    note_label: str
    note_place: str
    use: str
    send: str
    use_key: str
    copy: str
    copy_key: str
    dismiss: str
    regenerate: str
    style_menu: str
    canned: str
    writing: str
    is_draft: str
    is_edited: str
    outdated: str
    outdated_kept: str
    draft_waits: str
    put_draft: str
    draft_failed: str
    sources: str
    source_product: str
    source_policy: str
    source_order: str
    found_by_name: str
    no_sources: str
    next_questions: str
    in_own_words: str
    why_draft: str
    answers_line: str
    checked: str
    written_with: str
    orders: str
    find_order: str
    find: str
    no_orders: str
    orders_hint: str
    order_total: str
    order_placed: str
    order_eta: str
    order_carrier: str
    order_tracking: str
    order_payment: str
    order_latest: str
    order_refunded: str
    products: str
    no_products: str
    insert: str
    about_customer: str
    name_customer: str
    channel: str
    speaks: str
    in_cart: str
    close: str
    paste_text: str
    paste_hint: str
    paste_customer: str
    paste_yes: str
    paste_long: str
    paste_empty: str
    add_customer_hint: str
    add_customer_yes: str
    transfer_ask: str
    transfer_anyone: str
    no_colleagues: str
    summary_hint: str
    canned_hint: str
    canned_empty: str
    canned_new: str
    canned_title: str
    canned_text: str
    canned_meanwhile: str
    delete: str
    policies_hint: str
    policy_language: str
    policy_new: str
    policy_topic: str
    policy_heading: str
    policy_text: str
    policy_now: str
    policy_typed: str
    policy_why: str
    policy_history: str
    policy_original: str
    policy_restore: str
    policy_withdraw: str
    policy_withdrawn: str
    policy_version: str
    policy_untouched: str
    policy_empty: str
    back: str
    edit: str
    sent: str
    saved: str
    copied: str
    noted: str
    taken: str
    not_taken: str
    not_sent: str
    not_done: str
    edited_meanwhile: str
    not_saved: str
    text_missing: str
    saved_unanswered: str
    paused: str
    broken: str
    offline: str
    signed_off: str
    sign_in: str
    views: Mapping[str, str]
    empty: Mapping[str, str]
    languages: Mapping[str, str]
    channels: Mapping[str, str]
    styles: Mapping[str, str]
    topics: Mapping[str, str]
    order_states: Mapping[str, str]
    intents: Mapping[str, str]

    def of(self, table: Mapping[str, str], key: str) -> str:
        """A word of a table; what is not in it is shown as it is, with spaces."""
        return table.get(key, key.replace("_", " "))
