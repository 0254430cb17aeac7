"""Vectors on a Chroma server, for an index that several machines read: one collection per index version.

    DIR/COLLECTIONS     what the names of this index folder's collections begin with; made at its first build there
    <that>-<hash>       the collection of version v-<hash>

Everything else of a version stays in its folder, and ``CURRENT`` still decides which version is read. Meant for the
server that ``chroma run`` starts, behind a private network. Does not start servers and reads no settings.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from assistant.errors import AssistantError, ConfigurationError, IndexFolderError, VectorServerError
from assistant.retrieval.vectors import ChromaVectors, ProductIndex, Vectors, collection_of
from assistant.retrieval.versions import write_atomically

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_PREFIX_FILE = "COLLECTIONS"
_CONNECT_SECONDS = 5.0
# Long enough for a full batch into a large graph, and still an end for a chat whose server hangs.
_ANSWER_SECONDS = 120.0
_PAGE = 500


class ServerVectors(ChromaVectors):
    """A collection on a Chroma server; every failure is told with the server's address."""

    def __init__(self, client: Client, collection: Collection, dimension: int, address: str) -> None:
        self._client = client
        self._address = address
        super().__init__(client, collection, dimension)

    def ids(self) -> set[str]:
        """As :meth:`ProductIndex.ids`."""
        with _told(self._address):
            return super().ids()

    def count(self) -> int:
        """As :meth:`ProductIndex.count`."""
        with _told(self._address):
            return super().count()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """As :meth:`ProductIndex.upsert`."""
        with _told(self._address):
            super().upsert(ids, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        """As :meth:`ProductIndex.delete`."""
        with _told(self._address):
            super().delete(ids)

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """As :meth:`ProductIndex.vectors`."""
        with _told(self._address):
            return super().vectors(ids)

    def nearest(self, vector: Vectors, k: int) -> tuple[list[str], list[float]]:
        """As :meth:`ProductIndex.nearest`.

        Raises:
            IndexFolderError: the collection was dropped, because a newer version was built.
            VectorServerError: the server cannot be reached.
        """
        with _told(self._address):
            return super().nearest(vector, k)

    def close(self) -> None:
        """As :meth:`ProductIndex.close`."""
        self._client.close()


@dataclass(frozen=True, slots=True)
class ServerStores:
    """Every version's vectors in a collection of its own on the Chroma server at ``url`` (http or https).

    A name and password in the URL are sent as basic authentication, which a proxy before the server may ask for.
    """

    url: str

    def make(self, folder: Path, version: str, dimension: int) -> ProductIndex:
        """As :meth:`VectorStores.make`.

        Raises:
            VectorServerError: the server cannot be reached, or refuses.
        """
        prefix = _prefix(folder.parent)
        if prefix is None:
            prefix = f"assistant-{secrets.token_hex(4)}"
            write_atomically(folder.parent / _PREFIX_FILE, prefix)
        client = self._connect()
        with _told(self.address):
            collection = collection_of(client, _name(prefix, version))
            return ServerVectors(client, collection, dimension, self.address)

    def open(self, folder: Path, version: str, dimension: int) -> ProductIndex:
        """As :meth:`VectorStores.open`.

        Raises:
            IndexFolderError: the server holds no vectors of this version.
            VectorServerError: the server cannot be reached, or refuses.
        """
        prefix = _prefix(folder.parent)
        if prefix is None:
            raise IndexFolderError(f"the index was built without the vector server at {self.address}")
        client = self._connect()
        with _told(self.address):
            collection = client.get_collection(_name(prefix, version), embedding_function=None)
            return ServerVectors(client, collection, dimension, self.address)

    def release(self, folder: Path) -> None:
        """Nothing to do: connections hold no files."""

    def drop(self, output: Path, keep: Iterable[str]) -> None:
        """As :meth:`VectorStores.drop`. Servers that still answer from a dropped version scan its vectors exactly."""
        prefix = _prefix(output)
        if prefix is None:
            return
        kept = {_name(prefix, version) for version in keep}
        client = self._connect()
        with _told(self.address):
            names: list[str] = []
            while page := [c.name for c in client.list_collections(limit=_PAGE, offset=len(names))]:
                names += page
            for name in names:
                if name.startswith(f"{prefix}-") and name not in kept:
                    _delete(client, name)
        client.close()

    @property
    def address(self) -> str:
        """The URL without the name and password it may hold."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def _connect(self) -> Client:
        import chromadb
        from chromadb.config import Settings as ChromaSettings

        self._greet()
        with _told(self.address):
            made = chromadb.HttpClient(self.url.rstrip("/"), settings=ChromaSettings(anonymized_telemetry=False))
        client = cast("Client", made)  # its type says less than it is: that one cannot be closed
        # Chroma's own connections wait for ever, and it has no setting for that.
        session = getattr(getattr(client, "_server", None), "_session", None)
        if session is not None:
            session.timeout = _timeout()
        return client

    def _greet(self) -> None:
        """Ask for a sign of life: Chroma's client does not say why it cannot connect, nor to what it did."""
        import httpx

        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise ConfigurationError(f"'{self.address}' is no address of a vector server; wanted http://HOST:PORT")
        try:
            answer = httpx.get(f"{self.url.rstrip('/')}/api/v2/heartbeat", timeout=_timeout())
        except httpx.HTTPError as error:
            raise _unreachable(self.address, error) from error
        if answer.status_code != httpx.codes.OK or "nanosecond heartbeat" not in answer.text:
            raise VectorServerError(
                f"what answers at {self.address} is no Chroma server (status {answer.status_code}); "
                "start one with `chroma run`, or mend ASSISTANT_CHROMA_URL"
            )
        if "uvicorn" in answer.headers.get("server", ""):
            raise VectorServerError(
                f"{self.address} is Chroma's server in Python, through which others can run their code; "
                "use the one that `chroma run` starts"
            )


def _timeout() -> httpx.Timeout:
    import httpx

    return httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)


def _name(prefix: str, version: str) -> str:
    return f"{prefix}-{version.removeprefix('v-')}"


def _prefix(output: Path) -> str | None:
    try:
        return (output / _PREFIX_FILE).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _delete(client: Client, name: str) -> None:
    from chromadb.errors import NotFoundError

    with contextlib.suppress(NotFoundError):  # another build of the same folder was quicker
        client.delete_collection(name)


def _unreachable(address: str, error: Exception) -> VectorServerError:
    return VectorServerError(
        f"the vector server at {address} cannot be reached ({error or type(error).__name__}); "
        "start it (chroma run --path DIR --host HOST --port PORT), mend ASSISTANT_CHROMA_URL, "
        "or unset it to keep vectors on this machine"
    )


@contextlib.contextmanager
def _told(address: str) -> Iterator[None]:
    """Turn what Chroma's client raises into one error that names the server."""
    import httpx
    from chromadb.errors import NotFoundError

    try:
        yield
    except AssistantError:
        raise
    except NotFoundError as error:
        raise IndexFolderError(f"the vector server at {address} does not hold this index version ({error})") from error
    except httpx.HTTPError as error:
        raise _unreachable(address, error) from error
    except Exception as error:  # the client raises plain ones for what a proxy answers, and ValueError at its start
        raise VectorServerError(f"the vector server at {address} refused: {str(error)[:300]}") from error
