"""question: generate
mistake: There is one new character too many.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text, hidden = prefix, None
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n + 1):
            logits, hidden = model.advance(x, hidden)
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    return text
