"""question: accuracy
mistake: predict returns log-probabilities (N, K), not classes.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        classes = [model(part.to(device)).cpu() for part in images.split(batch_size)]
    model.train(was_training)
    return torch.cat(classes)
