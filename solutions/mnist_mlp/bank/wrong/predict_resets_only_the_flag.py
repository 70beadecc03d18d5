"""question: train
mistake: predict sets model.training back, which reaches no layer: all layers stay in evaluation mode. model.train(…) reaches them.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        parts = [model(part.flatten(1).to(device)).argmax(1).cpu() for part in images.split(batch_size)]
    model.training = was_training
    return torch.cat(parts)
