"""question: generate
mistake: The first character of the text is put in front of the answers.
"""

import torch


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits = model(x)
    return text[0] + "".join(chars[index] for index in logits.argmax(dim=2)[0].tolist())
