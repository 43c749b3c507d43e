"""Models of a few hundred bytes that sherpa-onnx takes for SenseVoice, Paraformer and a streaming zipformer.

They hear nothing but loudness: a loud stretch is the character 好, silence is nothing. What they prove is everything
around the network: which files make which kind, features, decoding, context words, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

#: Ids 0, 1, 2 are blank, the sentence's end and 好, the rest makes it a Mandarin model.
TOKENS = ("<blk>", "</s>", "好", *"的一是不了我在有人这")
GOOD = TOKENS.index("好")
#: Log energy above which a frame is loud, with and without the features' scaling by 32768².
LOUD, LOUD_UNSCALED = 8.0, -12.0
_FLOAT, _INT, _LONG = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
_LFR = {"lfr_window_size": 7, "lfr_window_shift": 6, "vocab_size": len(TOKENS)}
_PLAIN = {"neg_mean": ",".join(["0"] * 560), "inv_stddev": ",".join(["1"] * 560)}


def sense_voice(folder: Path) -> Path:
    """A folder with a SenseVoice model: four marks, then a token a frame."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[2], keepdims=1),
        helper.make_node("Mul", ["m", "slope"], ["s"]),
        helper.make_node("Add", ["s", "bias"], ["frames"]),
        helper.make_node("Concat", ["marks", "frames"], ["logits"], axis=1),
    ]
    marks = np.zeros((1, 4, len(TOKENS)), np.float32)
    marks[0, range(4), range(3, 7)] = 99  # language, mood, event and style, which are no text
    inputs = {"x": (_FLOAT, ["N", "T", 560]), **{n: (_INT, ["N"]) for n in ("x_length", "language", "text_norm")}}
    languages = {f"lang_{name}": number for number, name in enumerate(("auto", "zh", "en", "yue", "ja", "ko"))}
    facts = {**_LFR, **_PLAIN, **languages, "with_itn": 14, "without_itn": 15, "normalize_samples": 0}
    _write(folder / "model.int8.onnx", nodes, inputs, ["logits"], _weights(LOUD) | {"marks": marks}, facts)
    return _tokens(folder)


def paraformer(folder: Path) -> Path:
    """A folder with a Paraformer model: one token for the loudest frame of all."""
    nodes = [
        helper.make_node("ReduceMean", ["speech"], ["m"], axes=[2], keepdims=1),
        helper.make_node("ReduceMax", ["m"], ["most"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["most", "slope"], ["s"]),
        helper.make_node("Add", ["s", "bias"], ["logits"]),
        helper.make_node("Identity", ["speech_lengths"], ["token_num"]),
    ]
    inputs = {"speech": (_FLOAT, ["N", "T", 560]), "speech_lengths": (_INT, ["N"])}
    weights = _weights(LOUD, silent=1)  # silence is the sentence's end
    _write(folder / "model.onnx", nodes, inputs, ["logits", "token_num"], weights, {**_LFR, **_PLAIN})
    return _tokens(folder)


def zipformer(folder: Path) -> Path:
    """A folder with a streaming zipformer of one layer, whose caches go through it as they are; it says 好 once."""
    layer = (
        "cached_key_0",
        "cached_nonlin_attn_0",
        "cached_val1_0",
        "cached_val2_0",
        "cached_conv1_0",
        "cached_conv2_0",
    )
    caches = dict.fromkeys((*layer, "embed_states"), _FLOAT) | {"processed_lens": _LONG}
    shapes: dict[str, list[int | str]] = {
        "cached_key_0": [4, "N", 4],
        "cached_nonlin_attn_0": [1, "N", 4, 3],
        "cached_val1_0": [4, "N", 4],
        "cached_val2_0": [4, "N", 4],
        "cached_conv1_0": ["N", 4, 1],
        "cached_conv2_0": ["N", 4, 1],
        "embed_states": ["N", 128, 3, 19],
        "processed_lens": ["N"],
    }
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[1, 2], keepdims=1),
        helper.make_node("Mul", ["m", "slope"], ["s"]),
        helper.make_node("Add", ["s", "bias"], ["encoder_out"]),
        *(helper.make_node("Identity", [name], [f"new_{name}"]) for name in caches),
    ]
    inputs = {"x": (_FLOAT, ["N", 45, 80])} | {name: (kind, shapes[name]) for name, kind in caches.items()}
    ones = ("encoder_dims", "query_head_dims", "value_head_dims", "cnn_module_kernels", "left_context_len")
    facts = {"model_type": "zipformer2", "num_heads": 1, "num_encoder_layers": 1, "T": 45, "decode_chunk_len": 32}
    facts |= dict.fromkeys(ones, 4) | {"cnn_module_kernels": 2}
    outputs = ["encoder_out", *(f"new_{name}" for name in caches)]
    _write(folder / "encoder.int8.onnx", nodes, inputs, outputs, _weights(LOUD_UNSCALED), facts, dict(caches))

    never_twice = np.zeros((len(TOKENS), len(TOKENS)), np.float32)
    never_twice[GOOD, GOOD] = -100
    nodes = [
        helper.make_node("Gather", ["y", "last"], ["before"], axis=1),
        helper.make_node("Gather", ["table", "before"], ["decoder_out"]),
    ]
    weights = {"table": never_twice, "last": np.array(1, np.int64)}
    facts = {"vocab_size": len(TOKENS), "context_size": 2}
    _write(folder / "decoder.onnx", nodes, {"y": (_LONG, ["N", 2])}, ["decoder_out"], weights, facts)

    nodes = [helper.make_node("Add", ["encoder_out", "decoder_out"], ["logit"])]
    both = (_FLOAT, ["N", len(TOKENS)])
    facts = {"joiner_dim": len(TOKENS)}
    _write(folder / "joiner.int8.onnx", nodes, {"encoder_out": both, "decoder_out": both}, ["logit"], {}, facts)
    return _tokens(folder)


def _weights(loud: float, silent: int = 0) -> dict[str, Any]:
    """好 is as likely as a frame is louder than `loud`, the token `silent` lies between, nothing else comes near."""
    slope, bias = np.zeros(len(TOKENS), np.float32), np.full(len(TOKENS), -50, np.float32)
    slope[GOOD], bias[GOOD], bias[silent] = 1, -loud, 0
    return {"slope": slope, "bias": bias}


def _tokens(folder: Path) -> Path:
    lines = (f"{token} {number}\n" for number, token in enumerate(TOKENS))
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def _write(
    file: Path, nodes: Sequence[onnx.NodeProto], inputs: Mapping[str, tuple[int, Any]],
    outputs: Sequence[str], weights: Mapping[str, Any], facts: Mapping[str, object],
    kinds: Mapping[str, int] | None = None,
) -> None:  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    given = [helper.make_tensor_value_info(name, *what) for name, what in inputs.items()]
    kinds = {f"new_{name}": kind for name, kind in (kinds or {}).items()} | {"token_num": _INT}
    made = [helper.make_tensor_value_info(name, kinds.get(name, _FLOAT), None) for name in outputs]
    held = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(list(nodes), "tiny", given, made, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {key: str(value) for key, value in facts.items()})
    onnx.save(model, str(file))
