"""What the assistant says: recommendations by a language model under a claim check, and replies that need no model."""

from assistant.generation.generator import Generator, load_generator
from assistant.generation.prompts import Prompt, PromptBook
from assistant.generation.replies import ReplyWriter
from assistant.generation.writer import Blurb, BlurbWriter

__all__ = ["Blurb", "BlurbWriter", "Generator", "Prompt", "PromptBook", "ReplyWriter", "load_generator"]
