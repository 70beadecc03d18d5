"""question: shapes
mistake: These are the shapes that go into the children, not those that come out.
"""

import torch


def feature_shapes(module, images):
    shapes = []
    hooks = [
        child.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(_inputs[0].shape)))
        for child in module.children()
    ]
    was_training = module.training
    module.eval()
    with torch.no_grad():
        module(images)
    module.train(was_training)
    for hook in hooks:
        hook.remove()
    return shapes
