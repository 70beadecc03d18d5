"""question: generate
mistake: Only the last ten characters of the prefix are read, as many as a window has.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text, hidden = prefix, None
    x = encode(prefix[-10:], char_to_index)[None].to(device)
    with torch.no_grad():
        for _ in range(n):
            logits, hidden = model.advance(x, hidden)
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    return text
