"""question: generate
mistake: Only the last position is answered and not every one.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits = model(x)
    return chars[logits[0, -1].argmax().item()]
