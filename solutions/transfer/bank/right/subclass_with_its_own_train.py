"""The extractor becomes an object of a subclass whose train() leaves everything frozen in evaluation mode."""

from copy import deepcopy

import torch
from torch import nn


def set_trainable(module, flag):
    parameters = list(module.parameters())
    for i in range(len(parameters)):
        parameters[i].requires_grad_(flag)


def head_name(model):
    return "fc" if isinstance(getattr(model, "fc", None), nn.Module) else f"classifier.{len(model.classifier) - 1}"


def replace_head(model, num_classes):
    name = head_name(model)
    old = model.get_submodule(name)
    parent = model.get_submodule(name.rpartition(".")[0])
    new = torch.nn.utils.skip_init(
        nn.Linear, old.in_features, num_classes, bias=True, device=old.weight.device, dtype=old.weight.dtype
    )
    if not new.weight.is_meta:
        new.reset_parameters()
    parent.add_module(name.rpartition(".")[2], new)
    return model


def feature_extractor(model, num_classes):
    kind = type(model)

    class Extractor(kind):
        def train(self, mode=True):
            super().train(mode)
            for part in self.modules():
                own = list(part.parameters(recurse=False))
                if own and not any(parameter.requires_grad for parameter in own):
                    part.training = False
            return self

    extractor = deepcopy(model)
    set_trainable(extractor, False)
    replace_head(extractor, num_classes)
    extractor.__class__ = Extractor
    return extractor


def fine_tuner(model, num_classes):
    tuner = deepcopy(model)
    replace_head(tuner, num_classes)
    set_trainable(tuner, True)
    return tuner


def parameter_groups(model, head_lr, backbone_lr):
    return [
        {"params": parameter, "lr": head_lr if name.startswith(head_name(model) + ".") else backbone_lr}
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    ]
