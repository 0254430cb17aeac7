"""From a wish to ranked rows of a catalogue: vectors in Chroma, BM25 beside them, hard filters over columns."""

from assistant.retrieval.distributed import Cluster, build_index_on_ray
from assistant.retrieval.explain import explain
from assistant.retrieval.filters import Columns, Filters
from assistant.retrieval.index import BuildReport, Index, build_index, open_index
from assistant.retrieval.live import Live
from assistant.retrieval.remote import ServerStores
from assistant.retrieval.search import SearchEngine, SearchResult
from assistant.retrieval.vectors import LOCAL, ProductIndex, VectorStores

__all__ = [
    "LOCAL",
    "BuildReport",
    "Cluster",
    "Columns",
    "Filters",
    "Index",
    "Live",
    "ProductIndex",
    "SearchEngine",
    "SearchResult",
    "ServerStores",
    "VectorStores",
    "build_index",
    "build_index_on_ray",
    "explain",
    "open_index",
]
