"""question: head
mistake: out_features of the old head is changed, and its weights are as many as before.
"""


def replace_head(model, num_classes):
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    old.out_features = num_classes
    return model
