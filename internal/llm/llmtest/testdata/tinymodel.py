# Writes a llama with random weights and a vocabulary of bytes: tinymodel.py PATH
import sys

import gguf
import numpy as np

DIM, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 4, 2, 128, 2048
random = np.random.default_rng(1)

tokens, kinds, scores = [], [], []
for text, kind in (("<unk>", gguf.TokenType.UNKNOWN), ("<s>", gguf.TokenType.CONTROL), ("</s>", gguf.TokenType.CONTROL)):
    tokens.append(text.encode())
    kinds.append(kind)
    scores.append(0.0)
for byte in range(256):
    tokens.append(f"<0x{byte:02X}>".encode())
    kinds.append(gguf.TokenType.BYTE)
    scores.append(0.0)
for i, char in enumerate(list('{}[]":, ▁\n') + [chr(c) for c in range(ord("a"), ord("z") + 1)]):
    tokens.append(char.encode())
    kinds.append(gguf.TokenType.NORMAL)
    scores.append(-float(i))

w = gguf.GGUFWriter(sys.argv[1], "llama")
w.add_name("tiny")
w.add_context_length(CONTEXT)
w.add_embedding_length(DIM)
w.add_block_count(LAYERS)
w.add_feed_forward_length(HIDDEN)
w.add_head_count(HEADS)
w.add_head_count_kv(HEADS)
w.add_rope_dimension_count(DIM // HEADS)
w.add_layer_norm_rms_eps(1e-5)
w.add_vocab_size(len(tokens))
w.add_file_type(gguf.LlamaFileType.ALL_F32)
w.add_tokenizer_model("llama")
w.add_token_list(tokens)
w.add_token_scores(scores)
w.add_token_types(kinds)
w.add_unk_token_id(0)
w.add_bos_token_id(1)
w.add_eos_token_id(2)


def weights(name, *shape):
    w.add_tensor(name, (random.standard_normal(shape) * 0.05).astype(np.float32))


def ones(name):
    w.add_tensor(name, np.ones(DIM, dtype=np.float32))


weights("token_embd.weight", len(tokens), DIM)
ones("output_norm.weight")
weights("output.weight", len(tokens), DIM)
for layer in range(LAYERS):
    b = f"blk.{layer}."
    ones(b + "attn_norm.weight")
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        weights(b + name + ".weight", DIM, DIM)
    ones(b + "ffn_norm.weight")
    weights(b + "ffn_gate.weight", HIDDEN, DIM)
    weights(b + "ffn_up.weight", HIDDEN, DIM)
    weights(b + "ffn_down.weight", DIM, HIDDEN)

w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
