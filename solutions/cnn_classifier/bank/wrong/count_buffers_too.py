"""question: parameters
mistake: It counts the state_dict, and with it the buffers: the running averages of batch normalisation.
"""


def count_parameters(module):
    return sum(value.numel() for value in module.state_dict().values())
