"""question: shapes
mistake: The module is put into training mode at the end, also when it was found in evaluation mode.
"""

import torch


def feature_shapes(module, images):
    shapes = []
    hooks = [
        child.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
        for child in module.children()
    ]
    was_training = module.training
    module.eval()
    with torch.no_grad():
        module(images)
    module.train()
    for hook in hooks:
        hook.remove()
    return shapes
