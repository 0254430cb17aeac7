"""What a message means: intent, language, constraints. Knows no catalogue rows and no conversation."""

from assistant.understanding.category import Category, CategoryClassifier, categories_of
from assistant.understanding.constraints import ConstraintParser
from assistant.understanding.intent import EncoderIntentClassifier, IntentClassifier, IntentPrediction
from assistant.understanding.language import detect_language
from assistant.understanding.reader import Reader

__all__ = [
    "Category",
    "CategoryClassifier",
    "ConstraintParser",
    "EncoderIntentClassifier",
    "IntentClassifier",
    "IntentPrediction",
    "Reader",
    "categories_of",
    "detect_language",
]
