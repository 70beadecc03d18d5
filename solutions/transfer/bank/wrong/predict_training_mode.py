"""question: accuracy
mistake: predict runs the network in the mode it is in: in training mode the classes depend on the batch.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    model.to(device)
    with torch.no_grad():
        classes = [model(part.to(device)).argmax(dim=1).cpu() for part in images.split(batch_size)]
    return torch.cat(classes)
