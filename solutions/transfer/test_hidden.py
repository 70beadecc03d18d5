"""Checks of transfer the student never has: which parameters train, whose tensors are whose, and what it is worth."""

from functools import lru_cache

import pytest
import torch
import transfer
from image_training import accuracy_of, altered, digits, losses, network, state_of, tensors, training_checks
from torch import nn
from torch.nn import functional as F

from autograder.data import few_labels, load, load_backbone
from autograder.grading import expect, expect_close, expect_shape, expect_type, question

HEAD_LR, BACKBONE_LR = 1e-2, 3e-4
HELP = ("set_trainable", "replace_head")
DRAWS, PER_CLASS, EPOCHS, BATCH = 3, 10, 20, 16

# Networks to work on, and what the probes say of them ----------------------------------------------------------------


def start_torch(submission, rng):
    """Let torch's draws in the worker depend on this check's seed alone."""
    submission.library("torch").manual_seed(int(rng.integers(1000)))


def resnet(submission, rng, classes=10, features=64):
    """A SmallResNet with random weights and running averages."""
    start_torch(submission, rng)
    return submission.probe("resnet", classes, features)


def vgg(submission, rng, classes=6, features=24, layers=2):
    """A small network with `.classifier`."""
    start_torch(submission, rng)
    return submission.probe("vgg", classes, features, layers)


def made(value, what):
    """Something that stays with the submission, such as a module."""
    expect(hasattr(value, "structure"), f"{what} should be a torch.nn.Module; it is a {type(value).__name__}.")
    return value


def flags_of(submission, net):
    """name -> whether it is trainable."""
    flags = submission.probe("flags", net)
    expect_type(flags, dict, what="the network's parameters")
    return flags


def listed(names):
    """At most four names, and how many more."""
    names = [str(name)[:60] for name in names]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def counted(number, word):
    """1 layer, 3 layers."""
    return f"{number} {word}{'s' * (number > 1)}"


def expect_flags(submission, net, expected, what):
    """Every parameter is trainable or frozen as `expected` says, a bool or name -> bool."""
    found = flags_of(submission, net)
    wanted = expected if isinstance(expected, dict) else dict.fromkeys(found, expected)
    for flag, word in ((False, "still frozen, and should be trainable"), (True, "trainable, and should be frozen")):
        wrong = [name for name, value in found.items() if value is flag and wanted.get(name) is not flag]
        expect(not wrong, f"{what} {listed(wrong)} {'is' if len(wrong) == 1 else 'are'} {word}.")


def look(submission, net):
    """State, flags, and the modes and settings of the layers of a network."""
    found = submission.probe("look", net)
    expect_type(found, dict, what="the network")
    tensors(found["state"], "the network's state")
    return found


def expect_same(before, after, who, apart=()):
    """A network is what it was, but for entries whose names begin with one of `apart`."""
    for part, said in (("kinds", "its layers and their settings"), ("flags", "requires_grad"), ("modes", "its mode")):
        names = [name for name in (*before[part], *after[part]) if not name.startswith(tuple(apart) or ("\0",))]
        changed = [name for name in dict.fromkeys(names) if before[part].get(name) != after[part].get(name)]
        expect(not changed, f"{who} has changed: {said} ({listed(name or 'the whole' for name in changed)}).")
    for name, value in before["state"].items():
        if not name.startswith(tuple(apart) or ("\0",)):
            kept = name in after["state"] and torch.equal(after["state"][name], value)
            expect(kept, f"{who} has changed: the values of {name}.")


# set_trainable -------------------------------------------------------------------------------------------------------


@question("freeze", weight=2, hint="module.parameters() reaches every depth; set requires_grad of each to flag.")
def test_every_parameter_at_every_depth(submission, rng):
    """Frozen and thawed are all parameters: of layers in layers, the module's own, biases and batch norms."""
    width = int(rng.integers(3, 9))
    for net in (submission.probe("tied", width, 4), resnet(submission, rng), vgg(submission, rng)):
        for flag in (False, True, False):
            submission.set_trainable(net, flag)
            expect_flags(submission, net, flag, f"After set_trainable(net, {flag}) of a {net.type_name},")


@question("freeze", hint="Set the flag you are given; what it was before does not matter.")
def test_from_a_mixed_start(submission, rng):
    """It does not matter which parameters were frozen before."""
    for flag in (False, True):
        net = resnet(submission, rng)
        submission.probe("freeze", net, ["conv1", "layer2", "fc.bias"])
        submission.set_trainable(net, flag)
        what = f"After set_trainable(net, {flag}) of a partly frozen network,"
        expect_flags(submission, net, flag, what)
        submission.set_trainable(net, flag)
        expect_flags(submission, net, flag, f"After a second set_trainable(net, {flag}),")


@question("freeze", hint="Only parameters of the module you are given.")
def test_only_the_given_module(submission, rng):
    """Freezing a part of a network leaves its other parts as they were."""
    net = resnet(submission, rng)
    submission.probe("freeze", net, ["bn1", "layer2.bn1"])
    expected = flags_of(submission, net)
    for flag in (False, True):
        submission.set_trainable(net.layer2, flag)
        expected |= {name: flag for name in expected if name.startswith("layer2.")}
        expect_flags(submission, net, expected, f"After set_trainable(net.layer2, {flag}), of the whole network")


@question("freeze", hint="parameter.requires_grad = flag changes the parameter itself; nothing else is to be touched.")
def test_values_and_buffers_stay(submission, rng):
    """Values, buffers and the parameters themselves are those from before; an optimiser may already hold them."""
    for flag in (False, True):
        net = resnet(submission, rng)
        before = look(submission, net)
        kept = submission.probe("kept_parameters", net, flag)
        expect(kept is True, "set_trainable puts new parameters in place of the old: set requires_grad of those there.")
        after = look(submission, net)
        for part in ("flags", "modes"):  # evaluation mode for what is frozen is no harm
            after[part] = before[part]
        expect_same(before, after, f"After set_trainable(net, {flag}) the network")


@question("freeze", weight=1.5, hint="set_trainable(net, True) must undo set_trainable(net, False) altogether.")
def test_there_and_back(submission, rng):
    """A network that was frozen and is trainable again learns as before: gradients everywhere, averages that move."""
    net = resnet(submission, rng)
    reference = transfer.SmallResNet(10)
    reference.load_state_dict(tensors(submission.probe("state", net), "the network's state"))
    submission.set_trainable(net, False)
    submission.set_trainable(net, True)
    net.train()
    images, labels = digits(rng, 12, 10, (28, 28))
    upstream = F.one_hot(labels, 10).float()
    found = net.gradients(images, upstream=upstream)
    missing = [name for name, gradient in found.parameters.items() if gradient is None]
    expect(not missing, f"After set_trainable False, then True, no gradient reaches {listed(missing)}.")
    reference.train()
    (reference(images) * upstream).sum().backward()
    net(images)
    after = state_of(submission, net, reference.state_dict())
    for name, value in reference.named_buffers():
        if "running" in name:
            what = f"{name} after set_trainable False, then True, and one pass in training mode"
            expect_close(after[name], value, rtol=1e-3, atol=1e-5, what=what)
    for name, parameter in reference.named_parameters():
        expect_close(
            found.parameters[name], parameter.grad, rtol=1e-2, atol=1e-3 * parameter.grad.abs().max().item(),
            what=f"the gradient of {name} after set_trainable False, then True,",
        )  # fmt: skip


@question("freeze", weight=0.5, hint="Any network of torch's: nothing but its parameters counts.")
def test_networks_of_torchvision(submission):
    """resnet18 and vgg11 are frozen and thawed from their first parameter to their last."""
    for name in ("resnet18", "vgg11"):
        net = submission.probe("torchvision_net", name, 1000)
        for flag in (False, True):
            submission.set_trainable(net, flag)
            expect_flags(submission, net, flag, f"After set_trainable(net, {flag}) of torchvision's {name},")


# replace_head --------------------------------------------------------------------------------------------------------


def with_new_head(submission, net, classes, what):
    """What the new last layer is, after replace_head has returned the network it was given."""
    said = submission.probe("replaced", net, classes)
    expect(said["nothing"] is False, f"replace_head returns nothing for {what}: return model.")
    same = "returns another object than the model it was given: change that model in place, and return it"
    expect(said["same"] is True, f"replace_head {same} ({what}).")
    expect(bool(said["new"]) or not said["old"], f"{what[0].upper()}{what[1:]} has no new layer after replace_head.")
    new = f"what is new is {listed(said['new'])}"
    expect(said["old"] is False, f"The old last layer of {what}, or a parameter of it, is still there; {new}.")
    expect(said["gone"] == [], f"Replace the last layer of {what} only; gone is also {listed(said['gone'])}.")
    head = submission.probe("head", net)
    expect(head["linear"] is True, f"The last layer of {what} should be a nn.Linear; it is a {head['kind']}.")
    return head


def expect_head(head, features, classes, what):
    """A trainable Linear layer of this size."""
    expect(head["in"] == features, f"The new head of {what} takes {head['in']} features; the old one took {features}.")
    expect(head["out"] == classes, f"The new head of {what} has {head['out']} outputs; {classes} were asked for.")
    expect(head["shape"] == (classes, features), f"The new head of {what} has weights of shape {head['shape']}.")
    expect(head["trainable"] is True, f"The new head of {what} is not trainable.")


@question(
    "head", weight=1.5, hint="old.in_features of the layer that is there; classifier[-1], however many there are."
)
def test_heads_of_every_size(submission, rng):
    """The head has the old one's features, with `.fc` and with `.classifier`, whatever their number, and works."""
    images = digits(rng, 3, 4, (28, 28))[0]
    for _ in range(2):
        features, classes = (int(value) for value in rng.integers(5, 60, size=2))
        nets = [(resnet(submission, rng, 10, features), features, "a network with .fc")]
        for layers in (1, 3):
            net = vgg(submission, rng, 7, features, layers)
            nets.append(
                (
                    net,
                    features if layers > 1 else 32,
                    f"a network with {counted(3 * layers - 2, 'layer')} in .classifier",
                )
            )
        for net, takes, what in nets:
            expect_head(with_new_head(submission, net, classes, what), takes, classes, what)
            expect_shape(net(images), (3, classes), what=f"the result of {what} for 3 images, after replace_head")


@question("head", hint="One assignment to model.fc or to model.classifier[-1], and nothing else.")
def test_nothing_else_changes(submission, rng):
    """Layers, values, frozen parameters and mode of the rest of the network stay as they were."""
    for net, part in ((resnet(submission, rng), "fc"), (vgg(submission, rng, layers=3), "classifier.6")):
        for mode in (True, False):
            submission.probe("freeze", net, ["conv1", "layer1", "features.0", "classifier.0"])
            net.train(mode)
            before = look(submission, net)
            with_new_head(submission, net, 4, f"a {net.type_name}")
            expect_same(before, look(submission, net), "What comes before the head", (part,))


@question("head", hint="requires_grad is True in a new nn.Linear; do not freeze it, and do not freeze after it is in.")
def test_trainable_in_a_frozen_network(submission, rng):
    """In a frozen network the new head is trainable and gets gradients, and the rest stays frozen."""
    images = digits(rng, 4, 4, (28, 28))[0]
    for net, part in ((resnet(submission, rng), "fc."), (vgg(submission, rng), "classifier.3.")):
        submission.probe("freeze", net, [""])
        what = f"a frozen {net.type_name}"
        expect(
            with_new_head(submission, net, 4, what)["trainable"] is True, f"The new head of {what} is not trainable."
        )
        expected = {name: name.startswith(part) for name in flags_of(submission, net)}
        expect_flags(submission, net, expected, f"After replace_head on {what},")
        net.eval()
        found = net.gradients(images)
        reached = [name for name, gradient in found.parameters.items() if gradient is not None]
        words = f"here {listed(reached)} get one" if reached else "nothing does"
        expect(len(reached) == 2, f"Weight and bias of the new head, and no others, should get a gradient; {words}.")


@question("head", weight=0.5, hint="Always a new layer: its random start belongs to it.")
def test_new_also_with_as_many_classes(submission, rng):
    """With as many classes as before the head is new all the same, with weights drawn at random."""
    for net, name, classes in ((resnet(submission, rng), "fc", 10), (vgg(submission, rng), "classifier.3", 6)):
        old = look(submission, net)["state"]
        with_new_head(submission, net, classes, f"a {net.type_name}")
        new = look(submission, net)["state"]
        for entry in (f"{name}.weight", f"{name}.bias"):
            expect_shape(new[entry], tuple(old[entry].shape), what=f"the new head's {entry}")
            kept = torch.equal(new[entry], old[entry])
            expect(not kept, f"With as many classes as before the old {entry} is still there.")
        first = new[f"{name}.weight"]
        with_new_head(submission, net, classes, f"a {net.type_name}")
        second = look(submission, net)["state"][f"{name}.weight"]
        expect(not torch.equal(first, second), "Two new heads have the same weights: their start is not random.")


@question("head", hint="nn.Linear(…, dtype=old.weight.dtype), or nn.Linear(…).to(old.weight).")
def test_dtype(submission, rng):
    """A network in double precision gets a head in double precision, and runs; one in bfloat16 one in bfloat16."""
    for dtype in (torch.float64, torch.bfloat16):
        word = str(dtype).removeprefix("torch.")
        for net in (resnet(submission, rng), vgg(submission, rng)):
            net.to(dtype).eval()
            what = f"a {net.type_name} in {word}"
            found = with_new_head(submission, net, 5, what)["dtype"].removeprefix("torch.")
            expect(found == word, f"The new head of {what} is in {found}.")
            result = net(digits(rng, 2, 5, (28, 28))[0].to(dtype))
            expect_shape(result, (2, 5), what=f"the result of {what} for 2 images, after replace_head")


@question("head", hint="nn.Linear(…, device=old.weight.device): where the old head is, wherever that is.")
def test_networks_of_torchvision_on_their_device(submission):
    """resnet18 and vgg11 get a head of their size, on their device: here torch's `meta`, which stands for any other."""
    for name, features in (("resnet18", 512), ("vgg11", 4096)):
        net = submission.probe("torchvision_net", name, 1000)
        what = f"torchvision's {name} on the device meta"
        head = with_new_head(submission, net, 12, what)
        expect_head(head, features, 12, what)
        expect(head["device"] == "meta", f"The new head of {what} is on the device {head['device']}.")


@pytest.mark.cuda
@question("head", hint="nn.Linear(…, device=old.weight.device).")
def test_head_on_the_gpu(submission, rng, device):
    """A network on the GPU gets a head on the GPU, and runs."""
    images = digits(rng, 2, 5, (28, 28))[0]
    for net in (resnet(submission, rng), vgg(submission, rng)):
        net.to(device)
        head = with_new_head(submission, net, 5, f"a {net.type_name} on the GPU")
        expect(head["device"] == device, f"The new head of a {net.type_name} on {device} is on {head['device']}.")
        expect_shape(net(submission.on(device, images)), (2, 5), what="its result for 2 images")


# feature_extractor and fine_tuner ------------------------------------------------------------------------------------

WAYS = ("feature_extractor", "fine_tuner")
STUCK = "layers of the model itself no longer follow model.train() and model.eval()."


def adapted(submission, way, net, classes):
    """A copy as the student's function makes it, with both parameters of the new head, (K, features) and (K,)."""
    copy = made(getattr(submission, way)(net, classes), f"{way}'s result")
    weights = tensors(submission.probe("trainable", copy), "the trainable parameters of the copy")
    return copy, weights


def expect_only_head(weights, classes, features, what):
    """Exactly the new head's weight and bias are trainable."""
    expect(len(weights) > 0, f"Nothing in {what} is trainable, not even the head. Freeze first, then replace the head.")
    new = [name for name, value in weights.items() if len(value) == classes and value.ndim == 1]
    new += [name for name, value in weights.items() if tuple(value.shape) == (classes, features)]
    others = [name for name in weights if name not in new]
    expect(not others, f"In {what} more is trainable than the head: {listed(others)}.")
    expect(len(new) == 2, f"In {what} weight and bias of the new head should be trainable; only {listed(new)} is.")


@question("extractor", weight=2, given=HELP, hint="set_trainable(copy, False) first, replace_head(copy, …) after it.")
def test_what_is_trainable(submission, rng):
    """In the extractor only the new head is trainable, in the fine-tuner everything, whatever was frozen before."""
    for frozen in ([], [""], ["conv1", "layer2", "features", "fc.weight"]):
        for net, features in ((resnet(submission, rng), 64), (vgg(submission, rng, features=31), 31)):
            submission.probe("freeze", net, frozen)
            weights = adapted(submission, "feature_extractor", net, 13)[1]
            expect_only_head(weights, 13, features, f"feature_extractor's copy of a {net.type_name}")
            tuner, _ = adapted(submission, "fine_tuner", net, 13)
            expect_flags(submission, tuner, True, f"In fine_tuner's copy of a {net.type_name}")


@question("extractor", given=HELP, hint="copy.deepcopy(model) before anything else; then work on the copy alone.")
def test_the_model_stays_as_it_is(submission, rng):
    """The model given keeps its head, values, frozen parameters and mode; the copy shares no tensor with it."""
    for way in WAYS:
        for net, frozen in ((resnet(submission, rng), ["conv1"]), (vgg(submission, rng), ["features.0"])):
            submission.probe("freeze", net, frozen)
            for mode in (True, False):
                net.train(mode)  # which must reach every layer also after a copy was made
                before = look(submission, net)
                expect(all(found is mode for found in before["modes"].values()), f"After {way}, {STUCK}")
                copy, _ = adapted(submission, way, net, 4)
                expect_same(before, look(submission, net), f"The model given to {way}")
            common = submission.probe("shared", net, copy)
            expect(common == [], f"{way}'s copy shares {listed(common)} with the model: training one moves the other.")


@question("extractor", given=HELP, hint="The copy computes the model's own features, and the new head reads them.")
def test_what_the_copies_compute(submission, rng):
    """In evaluation mode both copies give the new head's answer to the features of the model."""
    net = resnet(submission, rng, 10)
    images = digits(rng, 5, 4, (28, 28))[0]
    reference = transfer.SmallResNet(10)
    reference.load_state_dict(tensors(submission.probe("state", net), "the network's state"))
    reference.fc = nn.Identity()
    with torch.no_grad():
        features = reference.eval()(images)
    for way in WAYS:
        copy, weights = adapted(submission, way, net, 7)
        matrix = [value for value in weights.values() if tuple(value.shape) == (7, 64)]
        bias = [value for value in weights.values() if tuple(value.shape) == (7,)]
        expect(
            len(matrix) == len(bias) == 1, f"{way}'s copy should have a trainable head of 64 features and 7 classes."
        )
        copy.eval()
        result, what = copy(images), f"the result of {way}'s copy for 5 images, in evaluation mode,"
        expect_close(result, features @ matrix[0].T + bias[0], rtol=1e-3, atol=1e-4, what=what)
        old = look(submission, net)["state"]["fc.weight"]
        _, weights = adapted(submission, way, net, 10)
        kept = any(value.shape == old.shape and torch.equal(value, old) for value in weights.values())
        expect(not kept, f"Where the classes are as many as before, {way} keeps the old head: it should be a new one.")


def expect_averages_stay(submission, net, copy, before, how):
    """Neither running averages nor frozen parameters of an extractor have moved."""
    names = [name for name in look(submission, net)["state"] if "running_" in name]
    after = submission.probe("fixed", copy)
    expect(len(after[0]) == len(before[0]), "While the head is trained, batch norms of the extractor come or go.")
    names = names if len(names) == len(before[0]) else ["A running average"] * len(before[0])
    for name, old, new in zip(names, before[0], after[0], strict=True):
        expect_shape(new, tuple(old.shape), what=name)
        moved = (new - old).abs().max().item()
        expect(
            torch.equal(old, new),
            f"{name} has moved by up to {moved:.2g} while the head was trained{how}: the frozen batch norm runs in "
            "training mode, and its averages follow the new images.",
        )
    same = len(after[1]) == len(before[1]) and all(map(torch.equal, before[1], after[1]))
    expect(same, f"Frozen parameters of the extractor have changed while the head was trained{how}.")


@question(
    "extractor",
    weight=2,
    given=(*HELP, "train"),
    hint="Keep frozen batch norms in evaluation mode: in feature_extractor, or in train after model.train().",
)
def test_running_averages_do_not_move(submission, rng, device):
    """While train runs on an extractor its head learns, and nothing else moves: no running average either."""
    images, labels = digits(rng, 12, 4, (28, 28))
    images = images * 2 + 1  # far from what the averages know
    for net, mode in ((resnet(submission, rng), True), (resnet(submission, rng), False), (vgg(submission, rng), True)):
        net.train(mode)
        copy, start = adapted(submission, "feature_extractor", net, 4)
        before = submission.probe("fixed", copy)
        for call in (1, 2):
            submission.train(copy, images, labels, epochs=1, batch_size=6, lr=0.01, seed=3, device=device)
            copy.to("cpu")
            expect_averages_stay(submission, net, copy, before, " once more" * (call == 2))
            copy.eval()  # as predict leaves it
        after = tensors(submission.probe("trainable", copy), "the trainable parameters")
        learned = after.keys() == start.keys() and all(not torch.equal(after[name], start[name]) for name in start)
        expect(learned, "The head of an extractor has not changed after train: is it trained?")


@question("extractor", given=HELP, weight=0.5, hint="A deep copy of a copy is a copy, too.")
def test_copies_of_copies(submission, rng):
    """A fine-tuner may be made from an extractor, an extractor from a fine-tuner, with other classes each time."""
    net = resnet(submission, rng)
    extractor, _ = adapted(submission, "feature_extractor", net, 4)
    before = look(submission, extractor)
    tuner, _ = adapted(submission, "fine_tuner", extractor, 7)
    expect_flags(submission, tuner, True, "In a fine_tuner made from an extractor")
    _, weights = adapted(submission, "feature_extractor", tuner, 5)
    expect_only_head(weights, 5, 64, "a feature_extractor made from a fine-tuner")
    expect_same(before, look(submission, extractor), "The extractor given to fine_tuner")


@question(
    "extractor", given=HELP, weight=0.5, hint="The same two lines for every network: nothing depends on its kind."
)
def test_copies_of_torchvision_networks(submission):
    """resnet18 and vgg11: 1,026 and 8,194 numbers are trained in an extractor for two classes, all in a fine-tuner."""
    for name, features in (("resnet18", 512), ("vgg11", 4096)):
        net = submission.probe("torchvision_net", name, 1000)
        copy = made(submission.feature_extractor(net, 2), f"feature_extractor's result for torchvision's {name}")
        trained = [key for key, value in flags_of(submission, copy).items() if value]
        layout = submission.probe("layout", copy)
        shapes = sorted(layout[key][0] for key in trained if key in layout)
        right = f"the head's weight and bias; in torchvision's {name} it is {listed(trained) or 'nothing'}"
        expect(shapes == [(2,), (2, features)], f"Trainable in an extractor should be {right}.")
        tuner = made(submission.fine_tuner(net, 2), f"fine_tuner's result for torchvision's {name}")
        expect_flags(submission, tuner, True, f"In fine_tuner's copy of torchvision's {name}")
        expect_flags(submission, net, True, f"After feature_extractor and fine_tuner, in torchvision's {name} itself")


# parameter_groups ----------------------------------------------------------------------------------------------------


def expect_groups(submission, net, head, what):
    """The groups the student makes for a network: its trainable parameters once each, with the right learning rates."""
    flags = flags_of(submission, net)
    said = submission.probe("groups", net, 0.25, 0.125)
    expect(said["groups"] is not None, f"parameter_groups should return a list of dicts; it gave a {said['kind']}.")
    changed = flags_of(submission, net) != flags
    expect(not changed, f"parameter_groups changes what is trainable in {what}: it should only look at requires_grad.")
    rates = {}
    for group in said["groups"]:
        for name in group["names"]:
            expect(name != "?", f"A group for {what} holds something that is no parameter of the network itself.")
            expect(name not in rates, f"{name} of {what} is in the groups twice.")
            rates[name] = group["lr"]
    frozen = [name for name in rates if not flags[name]]
    expect(not frozen, f"Frozen parameters of {what} are in the groups: {listed(frozen)}.")
    missing = [name for name, flag in flags.items() if flag and name not in rates]
    expect(not missing, f"Trainable parameters of {what} are in no group: {listed(missing)}.")
    words = {0.25: "head_lr", 0.125: "backbone_lr"}
    for name, rate in rates.items():
        right = 0.25 if name.startswith(head) else 0.125
        got = words.get(rate, f"the learning rate {rate}" if rate is not None else "no learning rate")
        expect(rate == right, f"{name} of {what} gets {got}; it should get {words[right]}.")


@question(
    "groups", weight=2, hint="Go through model.parameters() once: head or not, by identity; leave frozen ones out."
)
def test_each_trainable_parameter_once(submission, rng):
    """Every trainable parameter is in one group, the head's with head_lr and all others with backbone_lr."""
    for frozen in ([], ["conv1", "bn1", "layer2.conv1"], ["fc.weight"]):
        net = resnet(submission, rng)
        submission.probe("freeze", net, frozen)
        expect_groups(submission, net, "fc.", f"a SmallResNet{' with some parameters frozen' * bool(frozen)}")


@question("groups", hint="In a network with .classifier the head is classifier[-1]; its other layers are backbone.")
def test_the_last_layer_of_a_classifier(submission, rng):
    """With `.classifier` only its last layer gets head_lr."""
    for layers in (1, 3):
        for frozen in ([], ["features", "classifier.0.bias"][: layers + 1]):
            net = vgg(submission, rng, 6, 20, layers)
            submission.probe("freeze", net, frozen if layers > 1 else frozen[:1])
            what = f"a network with {counted(layers, 'Linear layer')} in .classifier{', partly frozen' * bool(frozen)}"
            expect_groups(submission, net, f"classifier.{3 * layers - 3}.", what)


@question("groups", hint="Leave out what is frozen; a group may be empty.")
def test_groups_of_frozen_networks(submission, rng):
    """With a frozen backbone only the head is in the groups, with a frozen head only the backbone."""
    net = resnet(submission, rng)
    submission.probe("freeze", net, ["conv", "bn", "layer"])
    expect_groups(submission, net, "fc.", "a network with a frozen backbone")
    submission.probe("freeze", net, ["fc"])
    expect_groups(submission, net, "fc.", "a network with a frozen head")


@question("groups", weight=0.5, hint="model.parameters() gives a parameter that two layers share once.")
def test_shared_parameters_once(submission, rng):
    """A weight that two layers share is in the groups once, and the module's own parameters are in them, too."""
    net = submission.probe("tied", int(rng.integers(3, 9)), 4)
    expect_groups(submission, net, "fc.", "a network in which two layers share a weight")


# train and predict ---------------------------------------------------------------------------------------------------

globals().update(training_checks("accuracy", weight=6))


@question("accuracy", weight=2, hint="torch.optim.Adam(groups): each group brings its own lr; without groups, lr.")
def test_groups_have_their_own_learning_rates(submission, rng, device):
    """With groups, each parameter takes Adam's steps with the learning rate of its group."""
    trusted, net, start, batch = prepared(submission, rng)
    rates = {"0": 0.01, "4": 0.05}
    history = submission.probe(
        "train_groups", net, rates, *batch, epochs=4, batch_size=99, lr=0.3, seed=1, device=device
    )
    groups = [{"params": list(trusted[int(number)].parameters()), "lr": lr} for number, lr in rates.items()]
    met = steps(trusted, batch, torch.optim.Adam(groups), 4)
    expect_moved(submission, net, start, trusted, "With groups of two learning rates,")
    expect_close(losses(history, 4), met, rtol=2e-3, what="train's history, with groups")


@question("accuracy", hint="The optimiser gets the groups and nothing else.")
def test_what_is_in_no_group_stays(submission, rng, device):
    """A parameter that is in no group is not trained, although it is trainable."""
    trusted, net, start, batch = prepared(submission, rng)
    submission.probe("train_groups", net, {"4": 0.02}, *batch, epochs=3, batch_size=99, seed=1, device=device)
    steps(trusted, batch, torch.optim.Adam(trusted[4].parameters(), lr=0.02), 3)
    expect_moved(submission, net, start, trusted, "With the head alone in groups,")


@question("accuracy", hint="Leave requires_grad alone in train.")
def test_frozen_parameters_stay(submission, rng, device):
    """Without groups, train trains what is trainable; frozen parameters stay frozen, and stay what they are."""
    trusted, net, start, batch = prepared(submission, rng)
    submission.probe("freeze", net, ["0."])
    submission.train(net, *batch, epochs=3, batch_size=99, lr=0.02, seed=1, device=device)
    steps(trusted, batch, torch.optim.Adam(trusted[4].parameters(), lr=0.02), 3)
    expect_moved(submission, net, start, trusted, "With a frozen convolution,")
    expected = {name: not name.startswith("0.") for name in start}
    expect_flags(submission, net, expected, "After train")


def prepared(submission, rng):
    """A small network twice, convolution "0" and Linear "4", its state, and images with labels."""
    trusted, net = network(submission, rng, 5, norm=False)
    return trusted, net, {k: v.clone() for k, v in trusted.state_dict().items()}, digits(rng, 30, 5)


def steps(net, batch, optimizer, count):
    """Steps on one batch; the losses met."""
    images, labels = batch
    met = []
    for _ in range(count):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    return torch.tensor(met, dtype=torch.float64)


def expect_moved(submission, net, start, trusted, what):
    """Each parameter has gone where the trusted one has, to 3 % of its way, or has stayed with it."""
    after, target = state_of(submission, net, start), trusted.state_dict()
    for name, value in target.items():
        way = (value - start[name]).abs().sum().item()
        error = (after[name] - value).abs().sum().item()
        place = f"the {name.partition('.')[2]} of {'the convolution' if name[0] == '0' else 'the head'}"
        if way == 0:
            expect(error == 0, f"{what} {place} should stay as it is, and it has changed.")
        else:
            still = torch.equal(after[name], start[name])
            expect(not still, f"{what} {place} should be trained, and it has not changed.")
            expect(error < 0.03 * way, f"{what} {place} is off by {error / way:.0%} of the way it should have moved.")


# accuracy ------------------------------------------------------------------------------------------------------------


def few(draw):
    """Ten training images of each class and their labels; another draw, another choice."""
    return few_labels(load("bundled"), PER_CLASS, draw)


def draws(start):
    """The three choices of images that belong to a seed."""
    return [start % 10**8 * 10 + number for number in range(DRAWS)]


@lru_cache
def from_scratch(start):
    """Mean test accuracy of the reference's SmallResNet trained on the same images from nothing: here, not there."""
    bundled, found = load("bundled"), []
    for draw in draws(start):
        torch.manual_seed(draw)
        net = transfer.SmallResNet(10)
        transfer.train(net, *few(draw), epochs=EPOCHS, batch_size=BATCH, lr=1e-3, seed=draw)
        predicted = transfer.predict(net, bundled.test_images)
        found.append((predicted == bundled.test_labels).double().mean().item())
    return sum(found) / DRAWS


def transferred(submission, way, start, images, labels, device):
    """Mean accuracy of a way to adapt the backbone, over three choices of ten images a class."""
    found = []
    for draw in draws(start):
        submission.library("torch").manual_seed(draw)
        backbone = submission.SmallResNet(10)
        backbone.load_state_dict(load_backbone())
        net = made(getattr(submission, way)(backbone, 10), f"{way}'s result")
        net.to(device)
        how = {"epochs": EPOCHS, "batch_size": BATCH, "seed": draw, "device": device}
        submission.probe("transfer", net, HEAD_LR, BACKBONE_LR, *few(draw), **how)
        found.append(accuracy_of(submission, net, images, labels, device))
    return sum(found) / DRAWS


def expect_transfer(submission, way, rng, reach, threshold, device):
    """Accurate enough, and better than from scratch by enough; each is tried once more with other images."""
    images, labels = altered(load("bundled"), rng)
    measure = lru_cache(lambda start: transferred(submission, way, start, images, labels, device))
    name = {"feature_extractor": "extraction", "fine_tuner": "fine_tuning"}[way]
    reach(measure, at_least=threshold[name], what="of the test images right, the mean of three choices of 100 images")
    reach(
        lambda start: measure(start) - from_scratch(start),
        at_least=threshold["above_scratch"],
        what="more of the test images right than the same network trained from scratch",
    )


@question(
    "accuracy", weight=2, trains=True, seconds=0.5, hint="If all other checks pass, this one does: begin with those."
)
def test_extraction_on_altered_images(submission, rng, threshold, reach, device):
    """Extraction with ten images a class is accurate, on altered test images, and beats training from scratch."""
    expect_transfer(submission, "feature_extractor", rng, reach, threshold, device)


@question(
    "accuracy", weight=2, trains=True, seconds=1.1, hint="If all other checks pass, this one does: begin with those."
)
def test_fine_tuning_on_altered_images(submission, rng, threshold, reach, device):
    """Fine-tuning with ten images a class is accurate, on altered test images, and beats training from scratch."""
    expect_transfer(submission, "fine_tuner", rng, reach, threshold, device)
