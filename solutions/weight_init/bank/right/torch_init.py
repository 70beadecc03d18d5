"""torch.nn.init for every draw; a Sequential without biases whose activations hooks measure."""

import torch
from torch import nn
from torch.nn import init as start


def fan_in_and_fan_out(weight):
    return start._calculate_fan_in_and_fan_out(weight)


def xavier_uniform_(weight):
    return start.xavier_uniform_(weight)


def xavier_normal_(weight):
    return start.xavier_normal_(weight)


def he_normal_(weight):
    return start.kaiming_normal_(weight, mode="fan_in", nonlinearity="relu")


def weight_init(module):
    kinds = nn.modules.conv._ConvNd, nn.modules.batchnorm._BatchNorm, nn.Linear
    if not isinstance(module, kinds):
        return
    centre = 1.0 if isinstance(module, kinds[1]) else 0.0
    if module.weight is not None:
        start.normal_(module.weight, mean=centre, std=0.02)
    if module.bias is not None and not isinstance(module, kinds[0]):
        start.zeros_(module.bias)


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    measured = []
    layers = []
    for _ in range(depth):
        linear = nn.Linear(width, width, bias=False)
        if init == "small":
            start.normal_(linear.weight, std=0.01)
        else:
            (xavier_normal_ if init == "xavier" else he_normal_)(linear.weight)
        act = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}[activation]()
        act.register_forward_hook(lambda module, args, output: measured.append(output.std()))
        layers += [linear, act]
    with torch.no_grad():
        nn.Sequential(*layers)(torch.randn(1000, width))
    return measured
