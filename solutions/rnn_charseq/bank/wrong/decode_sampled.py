"""question: generate
mistake: The characters are drawn at random by their probabilities; the most likely one is asked for.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits = model(x)
    drawn = torch.multinomial(logits[0].softmax(dim=1), 1).flatten()
    return "".join(chars[index] for index in drawn.tolist())
