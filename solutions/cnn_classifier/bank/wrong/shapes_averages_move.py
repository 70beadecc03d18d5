"""question: shapes
mistake: The module runs in the mode it is in: in training mode that moves the running averages of batch normalisation.
"""

import torch


def feature_shapes(module, images):
    shapes = []
    hooks = [
        child.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
        for child in module.children()
    ]
    was_training = module.training
    with torch.no_grad():
        module(images)
    for hook in hooks:
        hook.remove()
    return shapes
