"""question: shapes
mistake: The hooks are on the innermost layers: a child that is made of layers gives several shapes in place of one.
"""

import torch


def feature_shapes(module, images):
    shapes = []
    hooks = [
        child.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
        for child in [m for m in module.modules() if not list(m.children())]
    ]
    was_training = module.training
    module.eval()
    with torch.no_grad():
        module(images)
    module.train(was_training)
    for hook in hooks:
        hook.remove()
    return shapes
