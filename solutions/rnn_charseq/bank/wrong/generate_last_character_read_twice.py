"""question: generate
mistake: The last character of the prefix is read twice.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text, hidden = prefix, None
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        _, hidden = model.advance(x)
        x = x[:, -1:]
        for _ in range(n):
            logits, hidden = model.advance(x, hidden)
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    return text
