"""question: train
mistake: predict views the images as rows of 784 numbers, whatever their size is.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        classes = [model(part.reshape(-1, 784).to(device)).argmax(dim=1).cpu() for part in images.split(batch_size)]
    model.train(was_training)
    return torch.cat(classes)
