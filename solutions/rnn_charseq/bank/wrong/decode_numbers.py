"""question: generate
mistake: The result is a list of numbers and not a string of characters.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits = model(x)
    return logits.argmax(dim=2).squeeze(0).tolist()
