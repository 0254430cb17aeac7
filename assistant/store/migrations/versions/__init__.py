"""One module a step. A step that was released never changes, and imports nothing of this package, which does."""
