"""question: generate
mistake: The hidden state is kept on the network from one call of decode_prediction to the next.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    with torch.no_grad():
        logits, model.kept = model.advance(encode(text, char_to_index)[None].to(device), getattr(model, "kept", None))
    return "".join(chars[i] for i in logits[0].argmax(1).tolist())
