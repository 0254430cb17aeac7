"""Stand-ins of the understanding stage: a classifier without weights, and an encoder that trains in seconds."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.understanding.intent import IntentPrediction


class KeywordClassifier:
    """An ``IntentClassifier`` by keyword; texts without one get a label by their hash."""

    def __init__(self, keywords: Mapping[str, str], labels: Sequence[str]) -> None:
        self._keywords = dict(keywords)
        self.labels = tuple(labels)

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> IntentPrediction:
        found = next((label for word, label in self._keywords.items() if word in text.lower()), None)
        confidence = 0.9 if found else 0.4
        if found is None:
            found = self.labels[zlib.crc32(text.encode("utf-8", "surrogatepass")) % len(self.labels)]
        rest = (1.0 - confidence) / (len(self.labels) - 1)
        return IntentPrediction(
            found, confidence, {label: confidence if label == found else rest for label in self.labels}
        )


def build_toy_encoder(folder: Path, *, hidden: int = 32, seed: int = 0) -> Path:
    """A two-layer BERT with random weights and a tokenizer of single characters, as a folder."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789 :?!.,'红蓝鞋手机退货你好天气"]
    vocabulary = {token: i for i, token in enumerate([*special, *letters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(str(folder))
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * hidden,
        max_position_embeddings=128,
        initializer_range=0.3,
    )
    BertModel(config).save_pretrained(str(folder))
    return folder


TOY_LABELS = ("buy", "hello", "out_of_scope")


def build_toy_classifier(encoder: Path, folder: Path) -> Path:
    """A folder as training writes it, for a toy encoder, with a random head over :data:`TOY_LABELS`."""
    import torch
    from safetensors.torch import save_file

    from assistant.understanding.artifact import CARD, FULL_WEIGHTS, Card, load_backbone, probe
    from assistant.understanding.network import PooledClassifier

    backbone, tokenizer, hidden = load_backbone(encoder)
    torch.manual_seed(1)
    network = PooledClassifier(backbone, hidden=hidden, labels=len(TOY_LABELS))
    folder.mkdir()
    save_file({f"head.{k}": v for k, v in network.head.state_dict().items()}, folder / FULL_WEIGHTS)
    card = Card(TOY_LABELS, "toy", hidden, probe(backbone, tokenizer), method="full", temperature=0.5)
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return folder
