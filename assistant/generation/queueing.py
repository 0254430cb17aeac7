"""Who is served next, and how text gets from a backend to its reader.

Readers wait in one line for the workers of a backend. A worker makes text at its own pace and puts it into the box of
its reader, so a reader that is slow, or stops reading, keeps nobody else waiting. Knows no model and no text.
"""

from __future__ import annotations

import atexit
import contextlib
import heapq
import itertools
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.errors import GenerationError
from assistant.generation.generator import Cutter, TextStream, never
from assistant.generation.ways import Ways

# How often a reader in the line looks whether it still wants to wait, in seconds.
_GLANCE = 0.05
# How long a process that ends waits for those at work, in seconds; a token takes a thirtieth of that.
_AT_EXIT = 3.0


@dataclass(frozen=True, slots=True)
class Request:
    """What one generation is asked; the fields are the arguments of :meth:`Generator.stream`."""

    prompt: str
    max_tokens: int
    stop: tuple[str, ...] = ()
    seed: int | None = None
    temperature: float = 0.0
    ban_digits: bool = True
    cancelled: Callable[[], bool] = never
    owner: str | None = None
    ways: Ways | None = None


class Job(Iterator[str]):
    """One generation: the reader iterates over it, the backend gives it text."""

    def __init__(self, line: Line, request: Request) -> None:
        self.request = request
        self._line = line
        self._box: queue.SimpleQueue[str | GenerationError | None] = queue.SimpleQueue()
        self._cut = Cutter(request.stop if request.ways is None else ())
        self._lock = threading.Lock()
        self._joined = False
        self._left = False
        self._ended = False
        self._begun = threading.Event()
        self._finished = threading.Event()
        self._read = False
        self._interrupt: Callable[[], None] | None = None
        self._stream: weakref.ref[TextStream] | None = None

    # -- the reader's side --------------------------------------------------------------------------------------------

    def stream(self) -> TextStream:
        """What the reader is handed. When nobody holds it any more, nobody reads, and the generation ends."""
        made = TextStream(self)
        self._stream = weakref.ref(made)
        return made

    def start(self) -> None:
        """Take a place in the line; reading does it too."""
        with self._lock:
            if self._joined or self._left:
                return
            self._joined = True
        self._line.join(self)

    def __next__(self) -> str:
        self.start()
        while not self._read:
            try:
                item = self._box.get(timeout=None if self._begun.is_set() else _GLANCE)
            except queue.Empty:
                # Its turn has not come. Nobody else can tell it that it waits in vain.
                if not self._begun.is_set() and self._gives_up():
                    self.close()
                continue
            if item is None:
                self._read = True
                break
            if isinstance(item, GenerationError):
                self._read = True
                raise item
            return item
        raise StopIteration

    def _gives_up(self) -> bool:
        try:
            return self.request.cancelled()
        except Exception as error:
            raise GenerationError(f"the question whether a text is still wanted failed: {error}") from error

    def close(self) -> None:
        """Leave, from any thread: give up the place in the line, or wait until the backend has stopped."""
        with self._lock:
            self._left = True
            joined, interrupt = self._joined, self._interrupt
        if not joined or self._line.leave(self):
            self.finish()
        elif not self._finished.is_set():
            if interrupt is not None:
                interrupt()
            self._finished.wait()

    # -- the backend's side -------------------------------------------------------------------------------------------

    def begin(self, interrupt: Callable[[], None] | None = None) -> None:
        """Its turn has come. ``interrupt`` is called, from another thread, when the reader leaves meanwhile."""
        with self._lock:
            self._interrupt = interrupt
            left = self._left
        self._begun.set()
        if left and interrupt is not None:
            interrupt()

    @property
    def left(self) -> bool:
        """Whether the reader has gone, without asking it anything."""
        if self._left or self._stream is None:
            return self._left
        stream = self._stream()
        return stream is None or stream.closed

    def wanted(self) -> bool:
        """Whether a further token has a reader; backends ask before each one."""
        return not self.left and not self.request.cancelled()

    def count(self, tokens: int = 1) -> None:
        """Note that so many tokens more have been made."""
        stream = self._stream() if self._stream is not None else None
        if stream is not None and tokens:
            stream.count(tokens)

    def give(self, text: str) -> bool:
        """Hand over new text, which the reader sees up to the first stop string; False where that has come."""
        shown = self._cut.feed(text)
        if shown:
            self._box.put(shown)
        return not self._cut.stopped

    def fail(self, error: GenerationError) -> None:
        """Let the reader hear of an error."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        self._box.put(error)
        self._box.put(None)
        self._finished.set()

    def finish(self) -> None:
        """No more text will come. To be called once for each job, whatever happened; more often does no harm."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        rest = self._cut.rest()
        if rest:
            self._box.put(rest)
        self._box.put(None)
        self._finished.set()


class Line:
    """A line before some workers in which whoever asks often does not keep the others waiting.

    Within a round, first come is first served. Each owner has one place in a round: its further requests are for the
    rounds after that, while a newcomer joins the round that is being served. Requests without an owner are each on
    their own, which makes the line a plain one.

    Workers are threads that start when somebody waits and end when nobody does, so an idle backend holds none. A
    process that ends waits a moment for those at work: a thread that is cut off inside a library aborts all of it.
    """

    def __init__(self, serve: Callable[[Job], None], *, at_once: int, name: str) -> None:
        """Take what a worker does with a job, how many workers there may be, and the backend's name for errors."""
        self._serve = serve
        self._at_once = at_once
        self._name = name
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, Job]] = []
        self._arrivals = itertools.count()
        self._round = 0
        self._last: dict[str, int] = {}
        self._workers = 0
        self._threads: set[threading.Thread] = set()
        self._settled_at_exit = False

    @property
    def length(self) -> int:
        """How many wait."""
        with self._lock:
            return len(self._waiting)

    def join(self, job: Job) -> None:
        """Wait for a worker."""
        owner = job.request.owner
        with self._lock:
            turn = self._round
            if owner is not None:
                turn = max(turn, self._last.get(owner, -1) + 1)
                self._last[owner] = turn
            heapq.heappush(self._waiting, (turn, next(self._arrivals), job))
            hire = self._workers < self._at_once
            self._workers += hire
        if hire:
            self._hire()

    def _hire(self) -> None:
        # A daemon: a backend that hangs must not keep the process for ever.
        thread = threading.Thread(target=self._work, name=f"generate {self._name}", daemon=True)
        with self._lock:
            self._threads = {other for other in self._threads if other.is_alive()} | {thread}
            first, self._settled_at_exit = not self._settled_at_exit, True
            # Started under the lock: a thread of the set that is not alive has ended.
            thread.start()
        if first:
            atexit.register(_settle, weakref.ref(self))

    def settle(self, seconds: float) -> None:
        """Take nobody else in turn, and wait so long at most until those at work are done."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            threads = list(self._threads)
        for _, _, job in waiting:
            job.finish()
        until = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def leave(self, job: Job) -> bool:
        """Give up the place; False where there is none, because the job has been taken."""
        with self._lock:
            kept = [place for place in self._waiting if place[2] is not job]
            gone = len(kept) < len(self._waiting)
            heapq.heapify(kept)
            self._waiting = kept
        return gone

    def take(self) -> Job | None:
        """Whoever is next, for a worker that serves several at once; it finishes the job itself."""
        with self._lock:
            return self._next()

    def _next(self) -> Job | None:
        if not self._waiting:
            return None
        self._round, _, job = heapq.heappop(self._waiting)
        # Who has no place in this round or later ones counts as a newcomer.
        self._last = {owner: turn for owner, turn in self._last.items() if turn >= self._round}
        return job

    def _work(self) -> None:
        while True:
            with self._lock:
                job = self._next()
                if job is None:
                    self._workers -= 1
                    return
            with finishing(job, self._name):
                self._serve(job)
            # Or the last job, and with it its prompt and its text, lives until the next one comes.
            del job


def _settle(line: weakref.ref[Line]) -> None:
    if (still := line()) is not None:
        still.settle(_AT_EXIT)


@contextlib.contextmanager
def finishing(job: Job, name: str) -> Iterator[None]:
    """Whatever happens inside, the reader of a job hears the end of it; errors go to the reader and nowhere else."""
    try:
        yield
    except Exception as error:
        job.fail(as_generation_error(error, name))
    finally:
        job.finish()


def as_generation_error(error: BaseException, name: str) -> GenerationError:
    """The error as one of ours, naming the backend."""
    if isinstance(error, GenerationError):
        return error
    told = GenerationError(f"the generator '{name}' failed: {error}")
    told.__cause__ = error
    return told
