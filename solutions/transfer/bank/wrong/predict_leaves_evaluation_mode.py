"""question: accuracy
mistake: predict leaves the network in evaluation mode, although it was in training mode before.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    model.to(device).eval()
    with torch.no_grad():
        classes = [model(part.to(device)).argmax(dim=1).cpu() for part in images.split(batch_size)]
    return torch.cat(classes)
