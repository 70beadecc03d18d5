"""A copy through torch.save; a hook puts frozen batch norms into evaluation mode before every pass; generators in groups."""

import io
import itertools

import torch
from torch import nn


def set_trainable(module, flag):
    def one(part):
        for parameter in part.parameters(recurse=False):
            parameter.requires_grad = bool(flag)

    module.apply(one)


def copied(model):
    stream = io.BytesIO()
    torch.save(model, stream)
    stream.seek(0)
    return torch.load(stream, weights_only=False)


def replace_head(model, num_classes):
    where, key = (model._modules, "fc") if "fc" in model._modules else (model.classifier._modules, None)
    if key is None:
        key = list(where)[-1]
    weight = where[key].weight
    head = nn.Linear(weight.shape[1], num_classes)
    head.to(device=weight.device, dtype=weight.dtype)
    where[key] = head
    return model


def quiet(norm, inputs):
    norm.training = False


def feature_extractor(model, num_classes):
    extractor = copied(model)
    for part in extractor.modules():
        for parameter in part._parameters.values():
            if parameter is not None:
                parameter.requires_grad = False
        if "running_mean" in part._buffers:
            part.register_forward_pre_hook(quiet)
    return replace_head(extractor, num_classes)


def fine_tuner(model, num_classes):
    tuner = copied(model)
    replace_head(tuner, num_classes)
    for parameter in tuner.parameters():
        parameter.requires_grad = True
    return tuner


def parameter_groups(model, head_lr, backbone_lr):
    head = model.fc if hasattr(model, "fc") else model.classifier[-1]
    names = {id(p) for p in head.parameters()}
    return [
        {"lr": head_lr, "params": (p for p in head.parameters() if p.requires_grad)},
        {
            "lr": backbone_lr,
            "params": itertools.filterfalse(lambda p: id(p) in names or not p.requires_grad, model.parameters()),
        },
    ]
