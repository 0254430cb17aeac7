"""Run by Alembic: migrate on the connection, and in the transaction, that ``assistant.store.migrate`` opened."""

from __future__ import annotations

from alembic import context

from assistant.store.schema import META

context.configure(connection=context.config.attributes["connection"], target_metadata=META)
with context.begin_transaction():
    context.run_migrations()
