"""question: freeze
mistake: No parameter of the network is reached: set requires_grad of what module.parameters() gives, in a loop that runs.
"""


def set_trainable(module, flag):
    for part in module.modules():
        part.requires_grad = flag
