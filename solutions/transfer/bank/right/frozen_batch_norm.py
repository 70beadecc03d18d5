"""torchvision's FrozenBatchNorm2d in place of frozen batch norms; requires_grad_, a rebuilt Sequential, chained groups."""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.ops import FrozenBatchNorm2d


def set_trainable(module, flag):
    module.requires_grad_(flag)


def replace_head(model, num_classes):
    def new(old):
        return nn.Linear(old.in_features, num_classes).to(old.weight)

    match model:
        case object(fc=nn.Linear() as old):
            model.fc = new(old)
        case _:
            *others, old = model.classifier
            model.classifier = nn.Sequential(*others, new(old))
    return model


def still(module):
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            norm = FrozenBatchNorm2d(child.num_features, eps=child.eps).to(child.weight)
            norm.load_state_dict({k: v for k, v in child.state_dict().items() if k != "num_batches_tracked"})
            setattr(module, name, norm)
        else:
            still(child)


def feature_extractor(model, num_classes):
    twin = copy.deepcopy(model).requires_grad_(False)
    still(twin)
    return replace_head(twin, num_classes)


def fine_tuner(model, num_classes):
    return replace_head(copy.deepcopy(model), num_classes).requires_grad_(True)


def parameter_groups(model, head_lr, backbone_lr):
    head = set((model.fc if hasattr(model, "fc") else model.classifier[-1]).parameters())
    every = [p for p in model.parameters() if p.requires_grad]
    return [
        dict(params=[p for p in every if p not in head], lr=backbone_lr, name="backbone"),
        dict(params=[p for p in every if p in head], lr=head_lr, name="head"),
    ]


def train(model, images, labels, *, epochs, groups=None, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    model.train()
    if groups is None:
        groups = [{"params": [p for p in model.parameters() if p.requires_grad], "lr": lr}]
    optimizer = torch.optim.Adam(groups)
    rng = np.random.default_rng(seed)
    history = []
    for _ in range(epochs):
        order = torch.from_numpy(rng.permutation(len(images)))
        met = torch.zeros(len(images))
        for start in range(0, len(images), batch_size):
            rows = order[start : start + batch_size]
            each = F.cross_entropy(model(images[rows].to(device)), labels[rows].to(device), reduction="none")
            model.zero_grad()
            each.mean().backward()
            optimizer.step()
            met[rows] = each.detach().cpu()
        history.append(float(met.mean()))
    return history


@torch.no_grad()
def predict(model, images, *, batch_size=256, device="cpu"):
    was = model.training
    model.to(device).eval()
    try:
        return torch.cat([model(part.to(device)).argmax(-1) for part in images.split(batch_size)]).cpu()
    finally:
        model.train(was)
