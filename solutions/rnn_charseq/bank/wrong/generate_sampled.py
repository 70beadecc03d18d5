"""question: generate
mistake: The characters are drawn at random by their probabilities; the most likely one is asked for.
"""

import torch


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    text, hidden = prefix, None
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n):
            logits, hidden = model.advance(x, hidden)
            x = torch.multinomial(logits[0, -1:].softmax(dim=1), 1)
            text += chars[x.item()]
    return text
