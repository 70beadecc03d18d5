"""question: generate
mistake: The hidden state stays that after the prefix: the new characters are not remembered.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text, hidden = prefix, None
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n):
            logits, new = model.advance(x, hidden)
            hidden = new if hidden is None else hidden
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    return text
