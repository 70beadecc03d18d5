"""question: shapes
mistake: A child that runs twice is in the list once: the hook ignores it the second time.
"""

import torch


def feature_shapes(module, images):
    shapes = {}
    hooks = [
        child.register_forward_hook(
            lambda child, _inputs, output: shapes.setdefault(child, tuple(output.shape)) and None
        )
        for child in module.children()
    ]
    was_training = module.training
    module.eval()
    with torch.no_grad():
        module(images)
    module.train(was_training)
    for hook in hooks:
        hook.remove()
    return list(shapes.values())
