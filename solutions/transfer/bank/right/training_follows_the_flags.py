"""train puts the whole network into evaluation mode, and only what has trainable parameters of its own into training mode."""

import copy
import math
import random

import torch
from torch import nn


def set_trainable(module, flag):
    stack = [module]
    while stack:
        part = stack.pop()
        stack.extend(part.children())
        for parameter in part._parameters.values():
            if parameter is not None:
                parameter.requires_grad = flag


def replace_head(model, num_classes):
    container, key = (model, "fc") if hasattr(model, "fc") else (model.classifier, str(len(model.classifier) - 1))
    old = getattr(container, key)
    with torch.device(old.weight.device):
        new = nn.Linear(old.in_features, num_classes, dtype=old.weight.dtype)
    if not new.weight.is_meta:
        nn.init.xavier_uniform_(new.weight)
        nn.init.zeros_(new.bias)
    setattr(container, key, new)
    return model


def feature_extractor(model, num_classes):
    new = copy.deepcopy(model)
    set_trainable(new, False)
    new = replace_head(new, num_classes)
    new.eval()
    return new


def fine_tuner(model, num_classes):
    new = feature_extractor(model, num_classes)
    set_trainable(new, True)
    return new.train()


def parameter_groups(model, head_lr, backbone_lr):
    last = model.classifier[-1] if not hasattr(model, "fc") else model.fc
    rate = dict.fromkeys((id(p) for p in model.parameters() if p.requires_grad), backbone_lr)
    rate.update((id(p), head_lr) for p in last.parameters() if p.requires_grad)
    groups = {}
    for name, p in model.named_parameters():
        if id(p) in rate:
            groups.setdefault(rate[id(p)], []).append((name, p))
    return [{"params": named, "lr": lr} for lr, named in groups.items()]


def train(model, images, labels, *, epochs, groups=None, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model = model.to(device)
    model.eval()
    for part in model.modules():
        if any(p.requires_grad for p in part.parameters(recurse=False)):
            part.train()
    groups = groups or [{"params": [p for p in model.parameters() if p.requires_grad], "lr": lr}]
    optimizer = torch.optim.Adam(groups)
    rows = list(range(len(images)))
    shuffler = random.Random(seed)
    losses = []
    for _ in range(epochs):
        shuffler.shuffle(rows)
        terms = []
        for number in range(math.ceil(len(rows) / batch_size)):
            part = rows[number * batch_size : (number + 1) * batch_size]
            x, y = images[part].to(device), labels[part].to(device)
            loss = -model(x).log_softmax(dim=1).gather(1, y[:, None]).mean()
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.grad = None
            loss.backward()
            optimizer.step()
            terms.append(loss.item() * len(part))
        losses.append(math.fsum(terms) / len(rows))
    return losses


def predict(model, images, *, batch_size=256, device="cpu"):
    mode, out = model.training, torch.empty(len(images), dtype=torch.int64)
    model.to(device)
    model.eval()
    with torch.inference_mode():
        for at in range(0, len(images), batch_size):
            out[at : at + batch_size] = model(images[at : at + batch_size].to(device)).topk(1).indices[:, 0].cpu()
    model.train(mode)
    return out
