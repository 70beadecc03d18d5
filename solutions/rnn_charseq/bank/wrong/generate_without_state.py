"""question: generate
mistake: The hidden state is not handed on: every character is chosen by the one before it alone.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text = prefix
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n):
            logits, _ = model.advance(x)
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    return text
