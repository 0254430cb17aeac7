"""Shared bilingual word knowledge: product types, properties, colours, brands, attribute names.

Knows which English and Chinese surface forms name the same thing, and finds them in a text. Knows nothing of any
catalogue, intent or grammar. The tables beside this file are plain tab-separated text with ``|`` between synonyms:

- ``products.tsv``    ``english|forms <TAB> 中文|说法 <TAB> narrower english keys (optional)``
- ``properties.tsv``  ``kind <TAB> english|forms <TAB> 中文|说法``
- ``colors.tsv``      ``basic name <TAB> english|shades <TAB> 中文|色名``
- ``brands.tsv``      ``Brand|Alias <TAB> 中文名|别名``
- ``attributes.tsv``  ``attribute_key <TAB> english label <TAB> 中文名``

The first English form is the concept's key. Lines that begin with ``#`` are comments. Forms of one row must be true
synonyms (claims are checked by them); what is only a kind of the thing goes into ``narrower``. Properties of the kind
``idiom`` hold phrases that contain a product word without naming it; they take their span and are not returned.
"""

from assistant.lexicon.characters import simplify
from assistant.lexicon.tables import Concept, Lexicon, Mention
from assistant.lexicon.text import fold, singular, words

__all__ = ["Concept", "Lexicon", "Mention", "fold", "simplify", "singular", "words"]
