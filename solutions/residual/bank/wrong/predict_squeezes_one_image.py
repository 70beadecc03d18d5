"""question: accuracy
mistake: predict squeezes its result, so that the class of a single image has no axis left.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        parts = [model(part.to(device)).cpu() for part in images.split(batch_size)]
    model.train(was_training)
    return torch.cat(parts).topk(1, dim=1).indices.squeeze()
