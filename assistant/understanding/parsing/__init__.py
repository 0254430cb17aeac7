"""The pieces of the constraint parser, one kind of constraint a module.

Each reader takes the :class:`~assistant.understanding.parsing.draft.Draft` of a message, returns what it found, and
strikes the words it has read, so that the next reader sees only what is left. What remains at the end names the
product.
"""
