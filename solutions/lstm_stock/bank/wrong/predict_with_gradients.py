"""question: accuracy
mistake: predict records gradients: torch.no_grad() is missing.
"""


def predict(model, X):
    model.eval()
    where = next(model.parameters()).device
    return model(X.to(where)).detach().cpu()
