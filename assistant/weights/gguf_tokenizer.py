"""Rebuild a fast tokenizer from the vocabulary inside a GGUF file.

Knows the two kinds of vocabulary our generators have: SentencePiece BPE with byte fall-back (Gemma) and byte-level BPE
(SmolLM2). Does not know weights or folders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.errors import WeightsError
from assistant.weights.gguf_file import GgufFile

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

_CONTROL, _USER_DEFINED = 3, 4
_SPACE = "▁"
_WHITESPACE = _SPACE + "\t\n"
_ROLES = {"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "padding": "pad_token"}


def merges_from_scores(tokens: list[str], scores: list[float], types: list[int]) -> list[tuple[str, str]]:
    """The BPE merges a SentencePiece vocabulary implies, best first.

    A SentencePiece file lists only pieces with scores. Every way of putting a piece together from two others is a merge
    with the score of the piece it makes. User-defined pieces (runs of spaces and line breaks) come before all others,
    because SentencePiece never splits them.
    """
    rank = {token: i for i, token in enumerate(tokens)}
    found: list[tuple[float, int, int, str, str]] = []
    for token, score, kind in zip(tokens, scores, types, strict=True):
        if kind == _CONTROL or len(token) < 2:
            continue
        key = float("-inf") if kind == _USER_DEFINED else -score
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if left in rank and right in rank:
                found.append((key, rank[left], rank[right], left, right))
    found.sort(key=lambda m: m[:3])
    return [(left, right) for *_, left, right in found]


def _sentencepiece(gguf: GgufFile, tokens: list[str], types: list[int]) -> Tokenizer:
    from tokenizers import Tokenizer, decoders, models, normalizers

    unknown = tokens[gguf.value("tokenizer.ggml.unknown_token_id")]
    tokenizer = Tokenizer(
        models.BPE(
            vocab={token: i for i, token in enumerate(tokens)},
            merges=merges_from_scores(tokens, gguf.value("tokenizer.ggml.scores"), types),
            unk_token=unknown,
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    steps: list[Any] = [normalizers.Replace(" ", _SPACE)]
    if gguf.metadata.get("tokenizer.ggml.add_space_prefix", True):
        steps.insert(0, normalizers.Prepend(_SPACE))
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.decoder = decoders.Sequence([decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def _byte_level(gguf: GgufFile, tokens: list[str]) -> Tokenizer:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    kind = gguf.metadata.get("tokenizer.ggml.pre")
    if kind != "smollm":
        raise WeightsError(f"byte-level vocabularies of the kind '{kind}' are not known; known is 'smollm'")
    merges = [tuple(line.split(" ", 1)) for line in gguf.value("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def build_tokenizer(gguf: GgufFile) -> PreTrainedTokenizerFast:
    """The tokenizer with its special tokens, and the chat template where the file has one.

    Raises:
        WeightsError: the vocabulary is of an unknown kind.
    """
    from tokenizers import AddedToken, processors
    from transformers import PreTrainedTokenizerFast

    tokens: list[str] = gguf.value("tokenizer.ggml.tokens")
    types: list[int] = gguf.value("tokenizer.ggml.token_type")
    model = gguf.value("tokenizer.ggml.model")
    if model == "llama":
        # Runs of spaces are listed as they are written, all other pieces as they look after normalisation.
        tokens = [t.replace(" ", _SPACE) if kind == _USER_DEFINED else t for t, kind in zip(tokens, types, strict=True)]
        tokenizer = _sentencepiece(gguf, tokens, types)
    elif model == "gpt2":
        tokenizer = _byte_level(gguf, tokens)
    else:
        raise WeightsError(f"tokenizers of the kind '{model}' are not known; known are llama and gpt2")
    tokenizer.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, kind in zip(tokens, types, strict=True)
            # The thousands of reserved tokens would only slow loading: no text contains them.
            if kind == _CONTROL and not token.startswith("<unused")
        ]
    )
    tokenizer.add_tokens(
        [
            AddedToken(token, special=False, normalized=False)
            for token, kind in zip(tokens, types, strict=True)
            if kind == _USER_DEFINED and token.strip(_WHITESPACE)
        ]
    )
    roles = {
        keyword: tokens[gguf.metadata[f"tokenizer.ggml.{role}_token_id"]]
        for role, keyword in _ROLES.items()
        if f"tokenizer.ggml.{role}_token_id" in gguf.metadata
    }
    roles.setdefault("pad_token", roles["eos_token"])
    if gguf.metadata.get("tokenizer.ggml.add_bos_token", False):
        bos = roles["bos_token"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
        **roles,
    )
    fast.chat_template = gguf.metadata.get("tokenizer.chat_template")
    return fast
