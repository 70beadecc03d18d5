"""Classes built on one another: a block inside a block, an always-made projection, the jump added to an own InceptionNet."""

import torch
from torch import Tensor, nn


class Tower(nn.Module):
    """`depth` layers of tanh."""

    def __init__(self, depth, width):
        super().__init__()
        self.layers = nn.Sequential()
        for number in range(depth):
            self.layers.append(nn.Linear(in_features=width, out_features=width, bias=True))

    def forward(self, x):
        for layer in self.layers:
            x = self.step(x, torch.tanh(layer(x)))
        return x

    def step(self, x, new):
        return new


class ResidualTower(Tower):
    def step(self, x, new):
        return x.add(new)


def gradient_norms(depth, width, residual, seed=0):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    x = torch.normal(0.0, 1.0, size=(64, width))
    y = torch.normal(0.0, 1.0, size=(64, width))
    tower = (ResidualTower if residual else Tower)(depth, width)
    torch.set_rng_state(state)
    criterion = nn.MSELoss(reduction="sum")
    (criterion(tower(x), y) / y.numel()).backward()
    return [float(torch.sqrt((p.grad**2).sum())) for p in tower.parameters() if p.dim() == 2]


class ConvNorm(nn.Sequential):
    """A convolution and its batch norm."""

    def __init__(self, channels_in, channels_out, size, stride=1):
        super().__init__(
            nn.ZeroPad2d(size // 2), nn.Conv2d(channels_in, channels_out, size, stride), nn.BatchNorm2d(channels_out)
        )


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.project = ConvNorm(in_channels, out_channels, 1, stride)  # not used where no shape changes
        self.identity = stride == 1 and in_channels == out_channels
        self.f = nn.Sequential(
            ConvNorm(in_channels, out_channels, 3, stride), nn.ReLU(True), ConvNorm(out_channels, out_channels, 3)
        )
        nn.init.zeros_(self.f[-1][-1].weight)  # starts as ReLU(x)

    def forward(self, x: Tensor) -> Tensor:
        y = self.f(x)
        y.add_(x if self.identity else self.project(x))
        return nn.functional.threshold(y, 0.0, 0.0)


class DenseLayer(nn.Module):
    def __init__(self, width, growth_rate):
        super().__init__()
        self.norm = nn.BatchNorm2d(width)
        self.convolution = nn.Conv2d(width, growth_rate, (3, 3), padding=(1, 1))

    def forward(self, *maps):
        together = torch.cat(maps, 1)
        return self.convolution(self.norm(together).clamp_min(0))


class DenseBlock(nn.ModuleList):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        for i in range(layers):
            self.append(DenseLayer(in_channels + i * growth_rate, growth_rate))

    def forward(self, x):
        maps = (x,)
        for layer in self:
            maps += (layer(*maps),)
        return torch.cat(maps, 1)


class InceptionNet(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 10, 5), nn.Conv2d(88, 20, 5)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.i1, self.i2 = InceptionA(10), InceptionA(20)
        self.classifier = nn.Linear(1408, num_classes)

    def front(self, x):
        return self.i1(self.pool(self.c1(x)).relu())

    def back(self, x):
        return self.i2(self.pool(self.c2(x)).relu())

    def join(self, first, second):
        return second

    def forward(self, x):
        first = self.front(x)
        maps = self.join(first, self.back(first))
        logits = self.classifier(torch.flatten(maps, start_dim=1))
        return nn.functional.softmax(logits, dim=1).clamp_min(1e-30).log()


class InceptionJumpNet(InceptionNet):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.bridge = nn.Conv2d(88, 88, kernel_size=(9, 9))

    def join(self, first, second):
        return torch.sum(torch.stack((second, self.bridge(first))), 0)


def batches(count, size, generator):
    order = torch.randperm(count, generator=generator)
    return [order[start : start + size] for start in range(0, count, size)]


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    generator = torch.Generator("cpu")
    generator.manual_seed(seed)
    model.to(device)
    model.train()
    optimizer = torch.optim.Adam([{"params": list(model.parameters())}], lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for rows in batches(len(images), batch_size, generator):
            optimizer.zero_grad(set_to_none=False)
            answers = model(images[rows].to(device))
            loss = -answers[torch.arange(len(rows)), labels[rows]].mean()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()) * len(rows))
        history.append(sum(losses) / len(images))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    try:
        with torch.no_grad():
            model.eval().to(device)
            answers = torch.cat([model(part.to(device)) for part in images.split(batch_size)])
    finally:
        model.train(mode)
    return answers.exp().topk(1, dim=1).indices.squeeze(1).cpu()
