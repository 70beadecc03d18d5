"""question: accuracy
mistake: predict takes the smallest log-probability, as if it were a loss.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        classes = [model(part.to(device)).argmin(dim=1).cpu() for part in images.split(batch_size)]
    model.train(was_training)
    return torch.cat(classes)
