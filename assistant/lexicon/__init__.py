"""Shared bilingual word knowledge: product types, properties, colours, brands, attribute names.

Knows which English and Chinese surface forms name the same thing, and finds them in a text. Knows nothing of any
catalogue, intent or grammar. The tables beside this file are plain tab-separated text with ``|`` between synonyms:

- ``products.tsv``    ``english|forms <TAB> 中文|说法 <TAB> narrower english keys (optional)``
- ``properties.tsv``  ``kind <TAB> english|forms <TAB> 中文|说法``
- ``colors.tsv``      ``basic name <TAB> english|shades <TAB> 中文|色名``
- ``brands.tsv``      ``Brand|Alias <TAB> 中文名|别名``
- ``attributes.tsv``  ``attribute_key <TAB> english label <TAB> 中文名``

The first English form is the concept's key. Lines that begin with ``#`` are comments.
"""

from assistant.lexicon.text import fold, singular, words
from assistant.lexicon.tables import Concept, Lexicon, Mention

__all__ = ["Concept", "Lexicon", "Mention", "fold", "singular", "words"]
