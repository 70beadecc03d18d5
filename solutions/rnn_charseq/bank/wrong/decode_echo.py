"""question: generate
mistake: The answers are the characters of the text itself.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits = model(x)
    return "".join(chars[index] for index in x[0].tolist())
