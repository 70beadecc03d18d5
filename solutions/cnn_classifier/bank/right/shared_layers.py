"""A Sequential of Sequentials in which one pooling and one ReLU serve everywhere; lazy layers; ReLU before the pooling."""

from collections import OrderedDict

import torch
from torch import nn


class CNNClassifier(nn.Sequential):
    def __init__(self, num_classes=10):
        pool, relu = nn.MaxPool2d(2), nn.ReLU(inplace=True)
        # ReLU does not change which of four numbers is the largest, so it may come before the pooling.
        features = nn.Sequential(
            nn.LazyConv2d(10, 5),
            nn.LazyBatchNorm2d(),
            relu,
            pool,
            nn.LazyConv2d(20, 5),
            nn.LazyBatchNorm2d(),
            relu,
            pool,
        )
        rest = nn.Sequential(nn.LazyLinear(50), nn.LazyBatchNorm1d(), relu, nn.LazyLinear(num_classes))
        super().__init__(OrderedDict(features=features, rows=nn.Flatten(), rest=rest))
        self.eval()(torch.zeros(1, 1, 28, 28))
        self.train()


def count_parameters(module):
    return int(sum(torch.tensor(p.shape).prod() for p in module.parameters() if p.requires_grad))


def feature_shapes(module, images):
    shapes = {}

    def hook(layer, inputs, output):
        shapes[len(shapes)] = torch.Size(output.shape)

    handles = list(map(lambda child: child.register_forward_hook(hook), module.children()))
    found = module.training
    module.train(False)
    with torch.no_grad():
        module(images.clone())
    module.train(found)
    [handle.remove() for handle in handles]
    return list(shapes.values())


def weight_init(module):
    norm = isinstance(module, nn.modules.batchnorm._BatchNorm)
    if norm or isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(module.weight, mean=float(norm), std=0.02)
    if norm or isinstance(module, nn.Linear):
        nn.init.constant_(module.bias, 0)


def run_epoch(model, images, labels, order, batch_size, device, optimizer):
    total = 0.0
    for rows in order.split(batch_size):
        loss = nn.functional.nll_loss(model(images[rows].to(device)).log_softmax(dim=1), labels[rows].to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * rows.numel()
    return total / len(order)


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device).train()
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    orders = [torch.randperm(len(images), generator=generator) for _ in range(epochs)]
    return [run_epoch(model, images, labels, order, batch_size, device, optimizer) for order in orders]


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    model.to(device).train(False)
    answer = torch.empty(len(images), dtype=torch.long)
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            part = images[start : start + batch_size]
            answer[start : start + len(part)] = model(part.to(device)).softmax(1).argmax(1).cpu()
    model.train(mode)
    return answer
