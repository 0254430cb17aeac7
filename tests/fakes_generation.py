"""A generator that says what a test tells it to, and records of products to write about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from assistant.errors import GenerationError
from assistant.generation.generator import TextStream, cut_at, never
from assistant.generation.ways import Ways
from assistant.types import Product


class ScriptedGenerator:
    """A ``Generator`` that continues with the given texts in turn, a few characters at a time."""

    def __init__(self, *texts: str, fails_after: int | None = None) -> None:
        self.texts = list(texts)
        self.prompts: list[str] = []
        self.prepared: list[str] = []
        self.closed = 0
        self._fails_after = fails_after

    @property
    def name(self) -> str:
        return "scripted"

    def prepare(self, prefix: str) -> None:
        self.prepared.append(prefix)

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
        temperature: float = 0.0,
        ban_digits: bool = True,
        cancelled: Callable[[], bool] = never,
        owner: str | None = None,
        ways: Ways | None = None,
    ) -> TextStream:
        self.prompts.append(prompt)
        if ways is not None:
            return self._along(ways, max_tokens, cancelled)
        text = self.texts.pop(0)
        if ban_digits:
            text = "".join(c for c in text if not c.isdigit())
        holder: list[TextStream] = []

        def pieces() -> Iterator[str]:
            try:
                for n, start in enumerate(range(0, len(text), 4)):
                    if self._fails_after is not None and n >= self._fails_after:
                        raise GenerationError("the generator 'scripted' failed: told to")
                    if n >= max_tokens or cancelled():
                        return
                    holder[0].count()
                    yield text[start : start + 4]
            finally:
                self.closed += 1

        stream = TextStream(cut_at(pieces(), stop))
        holder.append(stream)
        return stream

    def _along(self, ways: Ways, max_tokens: int, cancelled: Callable[[], bool]) -> TextStream:
        """Always the piece that the caller would rather have."""
        holder: list[TextStream] = []

        def pieces() -> Iterator[str]:
            written = ""
            while not cancelled() and holder[0].tokens < max_tokens:
                try:
                    offered = ways(written)
                except LookupError as error:
                    raise GenerationError(f"the generator 'scripted' failed: {error}") from error
                if not offered:
                    return
                holder[0].count()
                written += offered[0]
                yield offered[0]

        holder.append(TextStream(pieces()))
        return holder[0]


BOOTS = Product(
    sku="B1",
    title="Corrin Scree hiking boots",
    description="A stiff sole and a high collar hold the ankle on loose stone. The leather is not lined with wool. "
    "Red laces come in the box.",
    brand="Corrin",
    category=("footwear", "hiking boot"),
    price=149.0,
    prices={"CNY": 899},
    color="brown",
    stock=3,
    attributes={"material": "leather", "waterproof": True, "weight": "620 g", "vegan": False, "sole": "rubber"},
    translations={
        "zh": {
            "title": "Corrin 碎石徒步鞋",
            "description": "真皮鞋面，高帮护住脚踝，走碎石路更稳。鞋带是红色的，不含羊毛内里。",
            "category": "徒步鞋",
        }
    },
)
PHONE = Product(
    sku="P1",
    title="Aurel Nova 5 smartphone",
    description="The matte back hides fingerprints, and the 50 MP camera copes well with indoor light.",
    brand="Aurel",
    category=("electronics", "smartphone"),
    price=449.0,
    list_price=499.0,
    prices={"CNY": 2999},
    color="black",
    stock=0,
    attributes={
        "camera": "50 MP",
        "battery": "5000 mAh",
        "storage": "128 GB",
        "waterproof": True,
        "stylus_included": False,
    },
    translations={
        "zh": {
            "title": "Aurel Nova 5 智能手机",
            "description": "磨砂机身不沾指纹，室内拍照清楚。67 W 快充很省心。",
            "category": "智能手机",
        }
    },
)
COOKER = Product(
    sku="C1",
    title="Luma 5.5 cup rice cooker",
    description="Keeps warm, delayed timer, non-stick pot.",
    brand="Luma",
    category=("kitchen", "rice cooker"),
    price=89.5,
    color="white",
    stock=4,
    attributes={"capacity": "5.5 cups"},
)
CHINESE_ONLY = Product(
    sku="Z1",
    title="青竹 折叠台灯",
    description="灯臂可以折叠，光线柔和不刺眼，用旧报纸包装。",
    brand="青竹",
    category=("灯具", "台灯"),
    price=129.0,
    currency="CNY",
    color="白色",
    attributes={"power": "8 W", "material": "铝合金"},
    locale="zh",
)
