"""One turn in a terminal: cards as a table, then the text as it comes."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assistant.turns import Done, Event, Said, Shown, Understood


def show(events: Iterable[Event]) -> None:
    """Print a turn's events; catalogue text is escaped, never read as markup."""
    console = Console()
    for event in events:
        match event:
            case Understood(understanding, ledger):
                stated = {k: v for k, v in ledger.to_dict().items() if v not in (None, [])}
                console.print(
                    f"[dim]{understanding.intent} {understanding.confidence:.2f} · {escape(str(stated))}[/dim]"
                )
            case Shown(cards, _, _) if cards:
                table = Table("#", "", "price", "rating", "why", box=None)
                for n, card in enumerate(cards, 1):
                    rating = "" if card.product.rating is None else f"{card.product.rating:.1f}"
                    why = escape(" · ".join(card.why))
                    table.add_row(str(n), escape(card.title), f"{card.price:,.2f} {card.currency}", rating, why)
                console.print(table)
            case Said(text):
                console.print(escape(text), highlight=False)
            case Done():
                pass
            case _:
                pass
