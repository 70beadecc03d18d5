"""question: freeze
mistake: Evaluation mode is taken for freezing: the parameters go on learning in it.
"""


def set_trainable(module, flag):
    module.train(flag)
