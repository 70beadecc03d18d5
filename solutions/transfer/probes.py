"""What the proxy cannot say: which parameter is which object, networks to work on, and training with groups.

Nothing here knows an expected value.
"""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

# These stand in for the student's own where an answer is built on them ----------------------------------------------


def set_trainable(module: nn.Module, flag: bool) -> None:
    """Freeze or thaw a module."""
    module.requires_grad_(flag)


def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    """A new last layer, `fc` or the last of `classifier`."""
    place, name = (model, "fc") if hasattr(model, "fc") else (model.classifier, str(len(model.classifier) - 1))
    old = getattr(place, name)
    setattr(place, name, nn.Linear(old.in_features, num_classes).to(old.weight))
    return model


def train(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    *,
    epochs: int,
    groups: Any = None,
    batch_size: int = 64,
    lr: float = 1e-3,
    seed: int = 0,
    device: str = "cpu",
) -> None:
    """Steps of Adam on batches in the order of the rows, with frozen batch norms in evaluation mode."""
    model.to(device).train()
    for part in model.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and not part.weight.requires_grad:
            part.eval()
    optimizer = torch.optim.Adam(groups or [p for p in model.parameters() if p.requires_grad], lr=lr)
    for _ in range(epochs):
        for part, classes in zip(images.split(batch_size), labels.split(batch_size), strict=True):
            optimizer.zero_grad()
            F.cross_entropy(model(part.to(device)), classes.to(device)).backward()
            optimizer.step()


# Networks ----------------------------------------------------------------------------------------------------------


def resnet(student: SimpleNamespace, classes: int, features: int = 64) -> nn.Module:
    """The given network with a head of any width of features, and running averages of its own that fit its weights."""
    net = student.SmallResNet(classes)
    if features != 64:
        net.layer3 = student.ResidualBlock(32, features, stride=2)
        net.fc = nn.Linear(features, classes)
    settle(net)
    return net


def settle(net: nn.Module) -> None:
    """Give batch norms the averages of some noise, so that maps are such as a trained network has."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    net.train()
    with torch.no_grad():
        net(torch.randn(8, 1, 28, 28))
    for norm in norms:
        norm.momentum = 0.1


def vgg(classes: int, features: int, layers: int) -> nn.Module:
    """torchvision's VGG, small: maps with batch norm, and a classifier of `layers` Linear layers."""
    from torchvision.models.vgg import VGG, make_layers

    with torch.device("meta"):  # its own classifier has a hundred million weights, and goes away at once
        net = VGG(nn.Identity(), num_classes=classes, init_weights=False)
    net.features = make_layers([8, "M", 8, "M"], batch_norm=True)
    net.features[0] = nn.Conv2d(1, 8, 3, padding=1)
    net.avgpool = nn.AdaptiveAvgPool2d(2)
    widths = [32, *[features] * (layers - 1), classes]
    linear = [nn.Linear(first, second) for first, second in pairwise(widths)]
    between = [[layer, nn.ReLU(), nn.Dropout(0.3)] for layer in linear[:-1]]
    net.classifier = nn.Sequential(*[part for parts in between for part in parts], linear[-1])
    settle(net)
    return net


def torchvision_net(name: str, classes: int) -> nn.Module:
    """One of torchvision's networks, on the device without data."""
    from torchvision import models

    with torch.device("meta"):
        return getattr(models, name)(weights=None, num_classes=classes)


class Tied(nn.Module):
    """A network with parameters of its own, layers in layers, and two layers that share their weight."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))
        inner = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.parts = nn.ModuleList([nn.Linear(width, width), inner])
        self.parts[1][0].weight = self.parts[0].weight
        self.fc = nn.Linear(width, classes)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """(N, width) to (N, classes)."""
        return self.fc(self.parts[1](self.parts[0](rows * self.scale).tanh()))


def tied(width: int, classes: int) -> Tied:
    """A new one."""
    return Tied(width, classes)


def freeze(net: nn.Module, names: list[str]) -> None:
    """Freeze the parameters whose names begin with one of these; all others become trainable."""
    for name, parameter in net.named_parameters():
        parameter.requires_grad = not name.startswith(tuple(names))


# What became of them -----------------------------------------------------------------------------------------------


def flags(net: nn.Module) -> dict[str, bool]:
    """Whether each parameter is trainable, by name; one that two layers share once."""
    return {name: parameter.requires_grad for name, parameter in net.named_parameters()}


def look(net: nn.Module) -> dict[str, Any]:
    """State, flags, and each layer's mode and settings: to see what has changed. Containers may be built anew."""
    layers = {name: module for name, module in net.named_modules() if not list(module.children())}
    return {
        "state": {name: value.detach().clone() for name, value in net.state_dict().items()},
        "flags": flags(net),
        "modes": {name: module.training for name, module in layers.items()},
        "kinds": {name: repr(module)[:200] for name, module in layers.items()},
    }


def layout(net: nn.Module) -> dict[str, tuple[tuple[int, ...], str, str]]:
    """(shape, dtype, device) of every entry of a network's state."""
    return {name: (tuple(v.shape), str(v.dtype), v.device.type) for name, v in net.state_dict().items()}


def head_of(net: nn.Module) -> nn.Module:
    """The last layer; what stands in place of the classifier where that is no Sequential any more."""
    if hasattr(net, "fc"):
        return net.fc
    return net.classifier[-1] if isinstance(net.classifier, nn.Sequential) else net.classifier


def head(net: nn.Module) -> dict[str, Any]:
    """What the last layer is."""
    layer = head_of(net)
    found = {"kind": type(layer).__name__, "linear": isinstance(layer, nn.Linear)}
    if isinstance(layer, nn.Linear):
        found |= {"in": layer.in_features, "out": layer.out_features, "shape": tuple(layer.weight.shape)}
        found |= {"dtype": str(layer.weight.dtype), "device": layer.weight.device.type}
        found["trainable"] = all(parameter.requires_grad and parameter.is_leaf for parameter in layer.parameters())
    return found


def replaced(student: SimpleNamespace, net: nn.Module, classes: int) -> dict[str, Any]:
    """Call the student's replace_head on a network: whether it returned it, and what is new and gone."""
    leaves = [(name, module) for name, module in net.named_modules() if not list(module.children())]
    before = {id(module): name for name, module in leaves}  # a container may be built anew
    before |= {id(parameter): name for name, parameter in net.named_parameters()}
    known = {id(module) for module in net.modules()}
    old = {id(part) for part in (head_of(net), *head_of(net).parameters())}
    result = student.replace_head(net, classes)
    after = {id(part) for part in (*net.modules(), *net.parameters())}
    new = [name for name, module in net.named_modules() if id(module) not in known and not list(module.children())]
    gone = sorted(name for number, name in before.items() if number not in after and number not in old)
    return {"nothing": result is None, "same": result is net, "old": bool(after & old), "gone": gone, "new": new}


def kept_parameters(student: SimpleNamespace, net: nn.Module, flag: bool) -> bool:
    """Call the student's set_trainable on a network: whether its parameters are still the same objects."""
    before = [id(parameter) for parameter in net.parameters()]
    student.set_trainable(net, flag)
    return before == [id(parameter) for parameter in net.parameters()]


def shared(first: nn.Module, second: nn.Module) -> list[str]:
    """Names in the second network of tensors that lie in the first one's memory."""
    there = {value.data_ptr() for value in first.state_dict().values()}
    return [name for name, value in second.state_dict().items() if value.numel() and value.data_ptr() in there]


def trainable(net: nn.Module) -> dict[str, torch.Tensor]:
    """The trainable parameters by name."""
    return {name: value.detach().clone() for name, value in net.named_parameters() if value.requires_grad}


def fixed(net: nn.Module) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Everything in a network's state that is not trainable, in order: running averages, and the rest."""
    moving = {name for name, value in net.named_parameters() if value.requires_grad}
    still = {k: v.detach().clone() for k, v in net.state_dict().items() if k not in moving and v.is_floating_point()}
    averages = [value for name, value in still.items() if "running_" in name]
    return averages, [value for name, value in still.items() if "running_" not in name]


def groups(student: SimpleNamespace, net: nn.Module, head_lr: float, backbone_lr: float) -> dict[str, Any]:
    """The student's groups for a network: in each its learning rate and the parameters' names, and what Adam says."""
    found = student.parameter_groups(net, head_lr, backbone_lr)
    if not isinstance(found, list | tuple) or not all(isinstance(group, dict) for group in found):
        return {"kind": type(found).__name__, "groups": None}
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    said = []
    for group in found:
        content = group.get("params", [])
        content = [content] if isinstance(content, torch.Tensor) else list(content)
        content = [entry[1] if isinstance(entry, tuple) else entry for entry in content]
        group["params"] = content  # a generator is used up now
        said.append({"lr": group.get("lr"), "names": [names.get(id(entry), "?") for entry in content]})
    return {"kind": "list", "groups": said}


def train_groups(
    student: SimpleNamespace, net: nn.Module, rates: dict[str, float], images: Any, labels: Any, **how: Any
) -> Any:
    """Train a network of ours with the student's train, in groups by what the parameters' names begin with."""
    named = list(net.named_parameters())
    chosen = [{"params": [p for name, p in named if name.startswith(start)], "lr": lr} for start, lr in rates.items()]
    return student.train(net, images, labels, groups=chosen, **how)


def transfer(
    student: SimpleNamespace, net: nn.Module, head_lr: float, backbone_lr: float, images: Any, labels: Any, **how: Any
) -> Any:
    """Train a network with the student's train in the student's groups."""
    chosen = student.parameter_groups(net, head_lr, backbone_lr)
    return student.train(net, images, labels, groups=chosen, **how)
