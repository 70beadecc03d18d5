"""What the proxy cannot say: a network filled by size, whatever its layers are called, and all its gradients.

Nothing here knows an expected value.
"""

import torch
from torch import nn

NORMS = nn.modules.batchnorm._BatchNorm


def fill(
    net: nn.Module, example: torch.Tensor, parameters: list[torch.Tensor], buffers: list[torch.Tensor]
) -> list[float]:
    """Give every parameter and buffer the value that has its size; the epsilons of the batch norms, each once.

    Parameters of equal size get equal values, so that nobody need know which is which. `example` is run first, in
    training mode, so that lazy layers find their sizes. What has no value of its size is set to 1/2.
    """
    net.train()
    with torch.no_grad():
        net(example)
        for own, given in ((net.parameters(), parameters), (net.buffers(), buffers)):
            for tensor in own:
                if tensor.is_floating_point():
                    own_size_first = sorted(given, key=lambda value: value.numel() != tensor.numel())
                    fitting = (laid_out(value, tensor.shape) for value in own_size_first)
                    tensor.copy_(next((value for value in fitting if value is not None), torch.tensor(0.5)))
    return sorted({float(module.eps) for module in net.modules() if isinstance(module, NORMS)})


def laid_out(value: torch.Tensor, shape: torch.Size) -> torch.Tensor | None:
    """A weight (out, …) or vector in this shape, if it is one of its size, or several side by side, or (…, out)."""
    if value.ndim == 4 and value.shape != shape:
        for axes in ((0, 2, 3, 1), (2, 3, 1, 0)):  # (out, height, width, in), (height, width, in, out)
            if value.permute(axes).shape == shape:
                return value.permute(axes)
    sizes, rows = [size for size in shape if size > 1], value.reshape(len(value), -1)
    times, rest = divmod(shape.numel(), value.numel())
    if sizes and not rest and times and sizes[0] == times * len(value):
        return rows.repeat(times, 1).reshape(shape)
    return rows.t().reshape(shape) if times == 1 and sizes and sizes[-1] == len(rows) else None


def zero_last_norm(net: nn.Module, example: torch.Tensor) -> None:
    """Set γ and β of the batch norm that runs last to 0; of a network without such layers, all vectors."""
    ran: list[nn.Module] = []
    hooks = [m.register_forward_pre_hook(lambda m, _: ran.append(m)) for m in net.modules() if isinstance(m, NORMS)]
    mode = net.training
    with torch.no_grad():
        net.eval()(example)
        net.train(mode)
        for hook in hooks:
            hook.remove()
        for value in (ran[-1] if ran else net).parameters():
            if sum(size > 1 for size in value.shape) < 2:
                value.zero_()


def weight_gradients(net: nn.Module, inputs: torch.Tensor, upstream: torch.Tensor) -> list[torch.Tensor]:
    """The gradients of all parameters that have one, for `upstream` behind the output; by size, then by value."""
    net.zero_grad()
    net(inputs).backward(upstream)
    found = [value.grad.detach().clone() for value in net.parameters() if value.grad is not None]
    return sorted(found, key=lambda grad: (grad.numel(), float(grad.double().sum())))
