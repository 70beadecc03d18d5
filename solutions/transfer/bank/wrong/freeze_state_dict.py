"""question: freeze
mistake: No parameter of the network is reached: set requires_grad of what module.parameters() gives, in a loop that runs.
"""


def set_trainable(module, flag):
    for value in module.state_dict().values():
        if value.is_floating_point():
            value.requires_grad = flag
