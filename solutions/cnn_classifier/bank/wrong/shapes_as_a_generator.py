"""question: shapes
mistake: The shapes come as a generator: a list is asked for.
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
    module.train(was_training)
    for hook in hooks:
        hook.remove()
    return (shape for shape in shapes)
