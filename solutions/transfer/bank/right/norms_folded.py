"""In the extractor each norm becomes a fixed scale and shift in buffers; flags by apply."""

import copy

from torch import nn


class Affine(nn.Module):
    def __init__(self, norm):
        super().__init__()
        scale = norm.weight.detach() * (norm.running_var + norm.eps).rsqrt()
        self.register_buffer("scale", scale[:, None, None].clone())
        self.register_buffer("shift", (norm.bias.detach() - norm.running_mean * scale)[:, None, None].clone())

    def forward(self, x):
        return x * self.scale + self.shift


def feature_extractor(model, num_classes):
    model = copy.deepcopy(model)
    for name, part in list(model.named_modules()):
        if isinstance(part, nn.BatchNorm2d):
            parent, _, key = name.rpartition(".")
            setattr(model.get_submodule(parent), key, Affine(part))
    for p in model.parameters():
        p.requires_grad_(False)
    if hasattr(model, "fc"):
        model.fc = nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight)
    else:
        model.classifier[-1] = nn.Linear(model.classifier[-1].in_features, num_classes).to(model.classifier[-1].weight)
    return model
