"""question: freeze
mistake: Only weights are set: the biases keep what they had.
"""


def set_trainable(module, flag):
    for name, parameter in module.named_parameters():
        if name.endswith("weight"):
            parameter.requires_grad = flag
