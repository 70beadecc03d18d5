"""The extractor is a module of its own: a frozen body without a head, always in evaluation mode, and a Linear layer."""

import copy

from torch import nn


class Extractor(nn.Module):
    def __init__(self, body, features, num_classes, like):
        super().__init__()
        self.body = body
        self.fc = nn.Linear(features, num_classes, device=like.device, dtype=like.dtype)

    def train(self, mode=True):
        super().train(mode)
        if not any(p.requires_grad for p in self.body.parameters()):
            self.body.eval()
        return self

    def forward(self, x):
        return self.fc(self.body(x))


def set_trainable(module, flag):
    for _, p in module.named_parameters():
        p.requires_grad = flag


def replace_head(model, num_classes):
    try:
        old = model.fc
    except AttributeError:
        old = model.classifier[-1]
        model.classifier[-1] = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
        return model
    model.fc = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    return model


def feature_extractor(model, num_classes):
    body = copy.deepcopy(model)
    set_trainable(body, False)
    if hasattr(body, "fc"):
        old, body.fc = body.fc, nn.Identity()
    else:
        old, body.classifier[-1] = body.classifier[-1], nn.Identity()
    return Extractor(body, old.in_features, num_classes, old.weight).train(model.training)


def fine_tuner(model, num_classes):
    model = copy.deepcopy(model)
    set_trainable(model, True)
    return replace_head(model, num_classes)


def parameter_groups(model, head_lr, backbone_lr):
    head = model.fc if hasattr(model, "fc") else model.classifier[-1]
    of_head = [p for p in head.parameters() if p.requires_grad]
    others = [p for p in model.parameters() if p.requires_grad and all(p is not q for q in of_head)]
    return [{"params": of_head, "lr": head_lr}] + ([{"params": others, "lr": backbone_lr}] if others else [])
