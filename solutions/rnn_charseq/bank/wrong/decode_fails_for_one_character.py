"""question: generate
mistake: squeeze takes the axis of a text of one character as well, and there is nothing to go through.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    with torch.no_grad():
        best = model(encode(text, char_to_index)[None].to(device)).argmax(2).squeeze()
    return "".join(chars[i] for i in best.tolist())
