"""Every error a user of this package can meet, as one tree.

    AssistantError
    ├── ConfigurationError      a setting has a value that cannot be used
    ├── WeightsError            model weights are missing, corrupt or refused
    ├── CatalogError            a catalogue or policy file cannot be read, or rows of it are wrong
    ├── IndexFolderError             an index folder is missing, incomplete, or made by another encoder
    ├── VectorServerError       the vector server cannot be reached, or refuses
    ├── ClusterError            Ray is not there, cannot be reached, or its workers failed
    ├── PromptError             a prompt file is malformed, or a variable of it is missing
    ├── GenerationError         the text backend failed or timed out
    ├── UnknownProductError     a SKU that the catalogue does not hold
    ├── RecordError             an input line that cannot be answered
    ├── StoreError              something that cannot be stored as asked: it is there already, or belongs to nothing
    │   ├── EditConflictError   somebody else edited it since it was loaded
    │   └── TooLongError        more than is taken in at once
    ├── BusyError               too much waits for its turn already; it can be asked again in a while
    └── TrainingError           training data or a training run is unusable

A message says what was wrong, with which value, and what to do about it.
"""


class AssistantError(Exception):
    """Base of everything this package raises on purpose."""


class ConfigurationError(AssistantError):
    """A setting has a value that cannot be used."""


class WeightsError(AssistantError):
    """Model weights are missing, corrupt or refused."""


class CatalogError(AssistantError):
    """A catalogue or policy file cannot be read, or rows of it are wrong."""


class IndexFolderError(AssistantError):
    """An index folder is missing, incomplete, or was made by another encoder."""


class VectorServerError(AssistantError):
    """The vector server cannot be reached, or refuses what it is asked."""


class ClusterError(AssistantError):
    """Ray is not installed, cannot be started or reached, or its workers failed."""


class PromptError(AssistantError):
    """A prompt file is malformed, or a variable of it is missing."""


class GenerationError(AssistantError):
    """The text backend failed or timed out."""


class UnknownProductError(AssistantError):
    """A SKU that the catalogue does not hold."""


class RecordError(AssistantError):
    """An input line that cannot be answered; the run goes on with the next one."""


class StoreError(AssistantError):
    """Something that cannot be stored as asked: it is there already, or belongs to what is not."""


class EditConflictError(StoreError):
    """Somebody else edited it since it was loaded; both versions are wanted, so nothing is written over."""


class TooLongError(StoreError):
    """More than is taken in at once."""


class BusyError(AssistantError):
    """Too much waits for its turn already. ``seconds`` is after how long to ask again."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class TrainingError(AssistantError):
    """Training data or a training run is unusable."""
