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
