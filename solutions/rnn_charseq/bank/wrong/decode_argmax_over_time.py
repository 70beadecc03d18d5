"""question: generate
mistake: The arg-max runs over the positions and not over the characters.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits = model(x)
    best = logits.argmax(dim=1)[0] % len(chars)
    return "".join(chars[index] for index in best.tolist())
