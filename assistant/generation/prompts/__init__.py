"""Prompts as data: strict YAML files, one a version; labels that say which is in use; an overlay for edits.

Knows files, versions and rendering. Does not know what a prompt is for, nor any model.
"""

from assistant.generation.prompts.book import DEFAULT_LABEL, PromptBook
from assistant.generation.prompts.compare import PromptDiff, compare_prompts
from assistant.generation.prompts.labels import Move, move_label, read_history, roll_back, save_version
from assistant.generation.prompts.moving import MovingPrompts
from assistant.generation.prompts.prompt import Decoding, FactsShape, Message, Prompt
from assistant.generation.prompts.reading import parse_prompt, read_prompt

__all__ = [
    "DEFAULT_LABEL",
    "Decoding",
    "FactsShape",
    "Message",
    "Move",
    "MovingPrompts",
    "Prompt",
    "PromptBook",
    "PromptDiff",
    "compare_prompts",
    "move_label",
    "parse_prompt",
    "read_history",
    "read_prompt",
    "roll_back",
    "save_version",
]
