"""question: shapes
mistake: The hooks are on all modules and not on the children only: the module itself and layers in layers are in the list.
"""

import torch


def feature_shapes(module, images):
    shapes = []
    hooks = [
        child.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
        for child in module.modules()
    ]
    was_training = module.training
    module.eval()
    with torch.no_grad():
        module(images)
    module.train(was_training)
    for hook in hooks:
        hook.remove()
    return shapes
