"""question: accuracy
mistake: predict returns after the first batch, so the other images get no class.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        classes = [model(part.to(device)).argmax(dim=1).cpu() for part in images[:batch_size].split(batch_size)]
    model.train(was_training)
    return torch.cat(classes)
