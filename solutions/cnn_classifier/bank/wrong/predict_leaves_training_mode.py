"""question: train
mistake: predict always switches the network to training mode at its end, also when it was in evaluation mode.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    model.to(device).eval()
    with torch.no_grad():
        classes = [model(part.to(device)).argmax(dim=1).cpu() for part in images.split(batch_size)]
    model.train()
    return torch.cat(classes)
