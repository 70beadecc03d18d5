"""question: accuracy
mistake: predict runs the network in training mode.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device)
    with torch.no_grad():
        classes = [model(part.to(device)).argmax(dim=1).cpu() for part in images.split(batch_size)]
    model.train(was_training)
    return torch.cat(classes)
