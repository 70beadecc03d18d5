"""question: generate
mistake: The prefix and all new characters are read again at every step; the hidden state makes that needless.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text = prefix
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n):
            x = encode(text, char_to_index).unsqueeze(0).to(device)
            logits = model(x)
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    return text
