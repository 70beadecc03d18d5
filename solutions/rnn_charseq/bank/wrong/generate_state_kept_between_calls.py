"""question: generate
mistake: The hidden state is kept in the model and leaks into the next call.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text, hidden = prefix, getattr(model, "kept", None)
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n):
            logits, hidden = model.advance(x, hidden)
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    model.kept = hidden
    return text
