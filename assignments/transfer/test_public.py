"""Checks of transfer the student has: small networks frozen, given a new head, copied, and trained."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from autograder.data import few_labels, load, load_backbone
from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

# What several checks need ----------------------------------------------------------------------------------------


def tensor(values):
    """A float32 tensor of NumPy values."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


def made(value, what):
    """Something that stays with the submission, such as a module; a value that came back in its place is none."""
    expect(hasattr(value, "structure"), f"{what} should be a torch.nn.Module; it is a {type(value).__name__}.")
    return value


def trainable(net, rng):
    """name -> whether a parameter gets a gradient when a network runs backward: frozen ones get none."""
    found = net.gradients(tensor(rng.normal(size=(4, 1, 28, 28)))).parameters
    return {name: gradient is not None for name, gradient in found.items()}


def backbone(submission):
    """The given network with the shipped weights."""
    net = submission.SmallResNet(10)
    net.load_state_dict(load_backbone())
    return net


def expect_trained(net, rng, flag, what):
    """Every parameter is trainable, or every one frozen."""
    wrong = [name for name, found in trainable(net, rng).items() if found is not flag]
    names = ", ".join(wrong[:4]) + (f" and {len(wrong) - 4} more" if len(wrong) > 4 else "")
    expect(not wrong, f"{what} this should be {'trainable' if flag else 'frozen'}, and is not: {names}.")


# set_trainable ---------------------------------------------------------------------------------------------------


@question("freeze", hint="for parameter in module.parameters(): parameter.requires_grad = flag")
def test_frozen_and_trainable_again(submission, rng):
    """set_trainable freezes all parameters of a network, and makes all of them trainable again."""
    net = backbone(submission)
    for flag in (False, True):
        submission.set_trainable(net, flag)
        expect_trained(net, rng, flag, f"After set_trainable(net, {flag}),")


@question("freeze", weight=0.5, hint="Only the parameters of the module you are given.")
def test_a_part_of_a_network(submission, rng):
    """Freezing one block of a network freezes its parameters and no others."""
    net = backbone(submission)
    submission.set_trainable(net.layer2, False)
    for name, flag in trainable(net, rng).items():
        right = not name.startswith("layer2.")
        state = "trainable" if right else "frozen"
        expect(flag is right, f"After set_trainable(net.layer2, False), {name} should be {state}, and is not.")


# replace_head ----------------------------------------------------------------------------------------------------


def expect_head(layer, features, classes):
    """A Linear layer of this size."""
    expect_equal(made(layer, "the new head").in_features, features, what="the new head's in_features")
    expect_equal(layer.out_features, classes, what="the new head's out_features")


@question("head", hint="model.fc = nn.Linear(model.fc.in_features, num_classes); return model.")
def test_head_of_a_residual_network(submission, rng):
    """In a frozen SmallResNet the head becomes a trainable Linear layer of 64 features, and the rest stays frozen."""
    net = backbone(submission)
    net.requires_grad_(False)
    result = made(submission.replace_head(net, 7), "replace_head's result")
    for found in (net, result):
        expect_head(found.fc, 64, 7)
        for name, flag in trainable(found, rng).items():
            right = name.startswith("fc.")
            state = "trainable" if right else "frozen"
            expect(flag is right, f"After replace_head on a frozen network, {name} should be {state}, and is not.")
    images = tensor(rng.normal(size=(3, 1, 28, 28)))
    expect_shape(result(images), (3, 7), what="the result for 3 images after replace_head(net, 7)")


@question("head", hint="model.classifier[-1] = nn.Linear(model.classifier[-1].in_features, num_classes)")
def test_head_of_a_classifier(submission, rng):
    """torchvision's mobilenet_v3_small keeps its classifier, but for the last of its four layers."""
    submission.library("torch").manual_seed(1)
    net = submission.library("torchvision.models").mobilenet_v3_small(weights=None)
    first = net.classifier[0].weight
    result = made(submission.replace_head(net, 5), "replace_head's result")
    classifier = made(result.classifier, "the classifier after replace_head")
    expect_equal(len(classifier.state_dict()), 4, what="the number of weights and biases in the classifier")
    expect_equal(classifier[0].weight, first, what="the first layer of the classifier, which stays,")
    expect_head(classifier[-1], 1024, 5)
    result.eval()
    images = tensor(rng.normal(size=(2, 3, 32, 32)))
    expect_shape(result(images), (2, 5), what="the result for 2 images after replace_head(net, 5)")


# feature_extractor and fine_tuner --------------------------------------------------------------------------------


@question(
    "extractor",
    given=("set_trainable", "replace_head"),
    hint="copy.deepcopy(model), then freeze (or not), then replace the head.",
)
def test_copies_with_a_new_head(submission, rng):
    """In the extractor only a new head is trainable, in the fine-tuner everything; the model itself stays as it is."""
    net = backbone(submission)
    before = net.state_dict()
    images = tensor(rng.normal(size=(2, 1, 28, 28)))
    for way, everything in (("feature_extractor", False), ("fine_tuner", True)):
        submission.library("torch").manual_seed(1)
        copy = made(getattr(submission, way)(net, 4), f"{way}'s result")
        copy.eval()
        expect_shape(copy(images), (2, 4), what=f"the result of {way}'s copy for 2 images")
        gradients = copy.gradients(images).parameters.values()
        numbers = sum(gradient.numel() for gradient in gradients if gradient is not None)
        asked = 77_754 - 650 + 260 if everything else 260
        expect(numbers == asked, f"{way}'s copy for 4 classes trains {numbers:,} numbers; it should be {asked:,}.")
    expect_head(net.fc, 64, 10)
    expect_trained(net, rng, True, "After feature_extractor and fine_tuner, in the model itself")
    for name, value in net.state_dict().items():
        expect_equal(value, before[name], what=f"{name} of the model itself, after both,")


@question(
    "extractor",
    given=("set_trainable", "replace_head", "train"),
    hint="Keep frozen batch norms in evaluation mode: in feature_extractor, or in train after model.train().",
)
def test_an_extractor_does_not_drift(submission, rng, device):
    """After training an extractor the running averages of its batch norms are what they were."""
    submission.library("torch").manual_seed(1)
    copy = made(submission.feature_extractor(backbone(submission), 4), "feature_extractor's result")
    before = load_backbone()
    images, labels = tensor(rng.normal(size=(24, 1, 28, 28))), torch.tensor(rng.integers(0, 4, size=24))
    submission.train(copy, images, labels, epochs=2, batch_size=8, lr=0.01, seed=1, device=device)
    copy.to("cpu")
    for name, value in copy.state_dict().items():
        if "running_" in name and name in before:
            said = f"{name} has moved while the head was trained: the frozen batch norm runs in training mode."
            expect(torch.equal(value, before[name]), said)


# parameter_groups ------------------------------------------------------------------------------------------------


@question("groups", hint="Two dicts with params and lr: the head's parameters, and all others; frozen ones in neither.")
def test_groups_of_two_networks(submission):
    """A SmallResNet has two parameters with head_lr and the others with backbone_lr; frozen ones are left out."""
    net = backbone(submission)
    for frozen in (False, True):
        if frozen:
            net.layer1.requires_grad_(False)
        groups = submission.parameter_groups(net, 0.1, 0.01)
        expect_type(groups, list, what="parameter_groups' result")
        found = {}
        for group in submission.library("torch.optim").Adam(groups).param_groups:
            lr = group["lr"]
            expect(lr in (0.1, 0.01), f"A group has the learning rate {lr}: 0.1 and 0.01 were given.")
            found[lr] = found.get(lr, 0) + sum(parameter.numel() for parameter in group["params"])
        what = "a network with a frozen block" if frozen else "a SmallResNet"
        for lr, name, asked in ((0.1, "head_lr", 650), (0.01, "backbone_lr", 77_754 - 650 - 4_672 * frozen)):
            has = found.get(lr, 0)
            expect(has == asked, f"Of {what}, {has:,} numbers get {name}; it should be {asked:,}.")


# train and predict -----------------------------------------------------------------------------------------------


@question("accuracy", hint="One batch holds all rows, so an epoch is one step of Adam: zero_grad, backward, step.")
def test_three_steps(submission, rng, device):
    """Three epochs of one batch are three steps of Adam on the cross-entropy, and its losses are returned."""
    trusted = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 3))
    start = {name: tensor(rng.normal(size=tuple(value.shape))) for name, value in trusted.state_dict().items()}
    trusted.load_state_dict(start)
    library = submission.library("torch.nn")
    net = library.Sequential(library.Flatten(), library.Linear(12, 5), library.Tanh(), library.Linear(5, 3))
    net.load_state_dict(start)
    images, labels = tensor(rng.normal(size=(20, 1, 3, 4))), torch.tensor(rng.integers(0, 3, size=20))
    history = submission.train(net, images, labels, epochs=3, batch_size=32, lr=0.01, seed=1, device=device)
    optimizer, met = torch.optim.Adam(trusted.parameters(), lr=0.01), []
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(trusted(images), labels)
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    after = net.state_dict()
    for name, value in trusted.state_dict().items():
        expect_close(after[name], value, rtol=1e-3, atol=1e-4, what=f"{name} after three steps")
    expect_type(history, (list, tuple), what="train's history")
    expect(len(history) == 3, f"train's history has {len(history)} entries, and there were 3 epochs: one loss each.")
    expect_close(torch.tensor([float(loss) for loss in history]), torch.tensor(met), rtol=1e-3, what="train's history")


@question("accuracy", hint="argmax over the classes (dim=1); torch.cat the batches; .cpu().")
def test_predicts_the_brightest_pixel(submission, device):
    """A network whose logits are three pixels of the image: predict returns the number of the brightest, int64 (N,)."""
    library = submission.library("torch.nn")
    net = library.Sequential(library.Flatten(), library.Linear(784, 3))
    weight = torch.zeros(3, 784)
    weight[[0, 1, 2], [10, 300, 700]] = 1.0
    net.load_state_dict({"1.weight": weight, "1.bias": torch.zeros(3)})
    images = torch.zeros(5, 1, 28, 28)
    brightest = torch.tensor([2, 0, 1, 1, 2])
    images.flatten(1)[torch.arange(5), torch.tensor([10, 300, 700])[brightest]] = 1.0
    predicted = submission.predict(net, images, batch_size=2, device=device)
    expect_shape(predicted, (5,), what="predict's result")
    expect_dtype(predicted, torch.int64, what="predict's result")
    expect_equal(predicted, brightest, what="predict's result")


# accuracy --------------------------------------------------------------------------------------------------------


@question(
    "accuracy",
    trains=True,
    seconds=0.5,
    hint="If the checks of feature_extractor and train pass, this passes too: begin with those.",
)
def test_extraction_with_ten_images_a_class(submission, threshold, reach, device):
    """An extractor trained by your train on ten images a class gets enough test images right: mean of three choices."""
    digits = load("bundled")

    def measure(start):
        found = []
        for draw in range(3):
            images, labels = few_labels(digits, 10, start % 10**8 * 10 + draw)
            submission.library("torch").manual_seed(start + draw)
            net = made(submission.feature_extractor(backbone(submission), 10), "feature_extractor's result")
            how = {"epochs": 20, "batch_size": 16, "lr": 1e-2, "seed": draw, "device": device}
            submission.train(net, images, labels, **how)
            predicted = submission.predict(net, digits.test_images, device=device)
            expect_shape(predicted, tuple(digits.test_labels.shape), what="predict's result")
            expect_dtype(predicted, "int", what="predict's result")
            found.append((torch.as_tensor(predicted) == digits.test_labels).double().mean().item())
        return sum(found) / len(found)

    reach(measure, at_least=threshold["extraction"], what="of the test images right, the mean of three choices")
