"""question: generate
mistake: The smallest logit is taken and not the largest.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits = model(x)
    return "".join(chars[index] for index in logits.argmin(dim=2)[0].tolist())
