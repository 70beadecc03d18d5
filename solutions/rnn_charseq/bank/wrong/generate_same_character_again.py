"""question: generate
mistake: The first new character is never fed back in: the last character of the prefix is read again and again.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text, hidden = prefix, None
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n):
            logits, hidden = model.advance(x, hidden)
            text += chars[logits[0, -1].argmax().item()]
            x = x[:, -1:]
    return text
