"""question: accuracy
mistake: Switches gradients off for the whole session and never on again.
"""

import torch


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device).eval()
    torch.set_grad_enabled(False)
    classes = [model(part.to(device)).argmax(dim=1).cpu() for part in images.split(batch_size)]
    model.train(was_training)
    return torch.cat(classes)
