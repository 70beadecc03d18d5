"""question: freeze
mistake: state_dict() gives tensors of its own: setting requires_grad of those does nothing to the parameters.
"""


def set_trainable(module, flag):
    for value in module.state_dict().values():
        if value.is_floating_point():
            value.requires_grad = flag
