"""As the lecture writes: loops over children, names of parameters, a DataLoader; train itself keeps frozen norms still."""

import copy

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


def set_trainable(module, flag):
    for param in module.parameters():
        param.requires_grad = flag


def replace_head(model, num_classes):
    if hasattr(model, "fc"):
        num_ftrs = model.fc.in_features
        fc = nn.Linear(num_ftrs, num_classes)
        model.fc = fc.to(model.fc.weight.device).to(model.fc.weight.dtype)
    else:
        num_ftrs = model.classifier[-1].in_features
        last = model.classifier[-1].weight
        model.classifier[len(model.classifier) - 1] = nn.Linear(num_ftrs, num_classes).to(last.device).to(last.dtype)
    return model


def feature_extractor(model, num_classes):
    model_conv = copy.deepcopy(model)
    for param in model_conv.parameters():
        param.requires_grad = False
    return replace_head(model_conv, num_classes)


def fine_tuner(model, num_classes):
    model_ft = copy.deepcopy(model)
    model_ft = replace_head(model_ft, num_classes)
    set_trainable(model_ft, True)
    return model_ft


def parameter_groups(model, head_lr, backbone_lr):
    head_name = "fc." if hasattr(model, "fc") else "classifier.%d." % (len(model.classifier) - 1)
    head_params = []
    base_params = []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        if name.startswith(head_name):
            head_params.append(param)
        else:
            base_params.append(param)
    groups = []
    if base_params:
        groups.append({"params": base_params, "lr": backbone_lr})
    if head_params:
        groups.append({"params": head_params, "lr": head_lr})
    return groups


def train(model, images, labels, *, epochs, groups=None, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=True)
    criterion = nn.CrossEntropyLoss()
    model = model.to(device)
    if groups is None:
        optimizer = optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=lr)
    else:
        optimizer = optim.Adam(groups)
    loss_list = []
    for epoch in range(epochs):
        model.train()
        for m in model.modules():
            if isinstance(m, nn.BatchNorm2d) and m.weight.requires_grad is False:
                m.eval()
        running_loss = 0.0
        for X, t in loader:
            X, t = X.to(device), t.to(device)
            optimizer.zero_grad()
            outputs = model(X)
            loss = criterion(outputs, t)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        loss_list.append(running_loss / len(loader))
    return loss_list


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    model.to(device)
    model.eval()
    result = []
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            outputs = model(images[start : start + batch_size].to(device))
            _, preds = torch.max(outputs, 1)
            result.append(preds.cpu())
    if mode:
        model.train()
    return torch.cat(result)
