"""question: parameters
mistake: It asks for the first parameter only whether it is frozen, and then counts all of them or none.
"""


def count_parameters(module):
    parameters = list(module.parameters())
    if not parameters or not parameters[0].requires_grad:
        return 0
    return sum(parameter.numel() for parameter in parameters)
