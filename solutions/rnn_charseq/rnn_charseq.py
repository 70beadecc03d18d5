# %% [markdown]
# # Predict the next character
#
# A network that reads a text one character at a time and says, at every position, what comes next. It has to
# remember: after the `l` of `hello` comes an `l` the first time and an `o` the second time, so the last character
# alone does not tell. A **recurrent network** keeps what it has read in a hidden state, and hands that state to
# itself.
#
# You turn text into numbers and back, write one step of the recurrence by hand, build the network around `nn.RNN`,
# train it until it knows a short text by heart, and let it write on its own. At the end you work out why the
# lecture's first version of this network stops learning at a loss of 0.458, while its answers are all right.
#
# What you write, in this order:
#
# | you write | question | points |
# |---|---|---|
# | `build_vocab`, `encode`, `one_hot` | `vocab` | 1 |
# | `make_windows` | `windows` | 1 |
# | `rnn_step` | `step` | 2 |
# | `CharRNN`, `output_shapes` | `model` | 2 |
# | `train` | `train` | 2 |
# | `decode_prediction`, `generate` | `generate` | 1 |
# | `logit_floor` | `floor` | 1 |
#
# Notation: N sequences (the batch), T characters in each, V characters in the vocabulary, h numbers in the hidden
# state. The cell after each answer checks it. Run it as often as you like.

# %% tags=["parameters"]
device: str = "auto"  # "cpu", "cuda" or "auto": the GPU where there is one
seed: int = 0  # start values of the networks
epochs: int = 100  # steps of training in the demos; the lecture took 50 to 100
data: str = "bundled"  # the texts stand in this notebook: "bundled" and "mnist" are the same here

# %% [markdown]
# ## Setup
#
# The three texts are the lecture's: a greeting, a phrase, and a sentence of 180 characters.

# %% tags=["setup"]
import math

import torch
from torch import nn
from torch.nn import functional as F

from autograder import check

if device == "auto":
    device = "cuda" if torch.cuda.is_available() else "cpu"

GREETING = "hihello"
PHRASE = " if you want you"
SENTENCE = (
    "if you want to build a ship, don't drum up people together to "
    "collect wood and don't assign them tasks and work, but rather "
    "teach them to long for the endless immensity of the sea."
)

# %% [markdown]
# ## Characters as numbers
#
# The **vocabulary** of a text is the list of the characters that occur in it, each once. A character's number is its
# place in that list:
#
# | character | e | h | i | l | o |
# |---|---|---|---|---|---|
# | number | 0 | 1 | 2 | 3 | 4 |
#
# With these numbers `hihello` is $(1, 2, 1, 0, 3, 3, 4)$.
#
# The list is **sorted**. The lecture writes `list(set(sample))`, and a set has no order: Python mixes strings anew in
# every run, so the same character gets another number tomorrow. A network trained today would then read gibberish.
#
# What the network *predicts* is one text shifted by one character: it reads `hihell` and should answer `ihello`.


# %% answer="build_vocab"
def build_vocab(text: str) -> tuple[list[str], dict[str, int]]:
    """The characters of a text in sorted order, and each character's number.

    Returns `(chars, char_to_index)`: a list of V different characters, sorted, and a dict with
    `char_to_index[chars[i]] == i` for i = 0 … V - 1.
    """
    ### BEGIN SOLUTION
    chars = sorted(set(text))
    return chars, {char: index for index, char in enumerate(chars)}
    ### END SOLUTION


# %% [markdown]
# ### Encoding
#
# A character the vocabulary does not hold has no number. Do not skip it and do not guess: an error at once is better
# than a text that is quietly another one.


# %% answer="encode"
def encode(text: str, char_to_index: dict[str, int]) -> torch.Tensor:
    """The numbers of a text's characters: an int64 tensor `(T,)`, T = len(text).

    Raises KeyError or ValueError when a character is not in the vocabulary.
    """
    ### BEGIN SOLUTION
    return torch.tensor([char_to_index[char] for char in text], dtype=torch.long)
    ### END SOLUTION


# %% [markdown]
# ### One-hot vectors
#
# The numbers are names, not sizes: `o` is not four times `h`. So each number becomes a vector of length V with a
# single 1. With the five characters above,
#
# $$\text{h} \to (0,1,0,0,0), \qquad \text{i} \to (0,0,1,0,0), \qquad \text{o} \to (0,0,0,0,1)$$
#
# A text of T characters is then a T×V matrix, and a batch of N texts has the shape `(N, T, V)`.


# %% answer="one_hot"
def one_hot(indices: torch.Tensor, size: int) -> torch.Tensor:
    """Write every number as a vector with a single 1.

    indices: int64, of any shape, values 0 … size - 1.
    Returns a float tensor of the shape of `indices` with one more axis of length `size` at the end: `(T,)` becomes
    `(T, size)`, `(N, T)` becomes `(N, T, size)`. The length is `size` even when the largest numbers do not occur.
    """
    ### BEGIN SOLUTION
    return F.one_hot(indices, size).float()
    ### END SOLUTION


# %% check="vocab"
check("rnn_charseq", question="vocab")

# %% tags=["demo"]
import matplotlib.pyplot as plt

from autograder import metrics

chars, char_to_index = build_vocab(GREETING)
read, wanted = GREETING[:-1], GREETING[1:]
figure, axis = plt.subplots(figsize=(5, 3.6), layout="constrained")
axis.imshow(one_hot(encode(read, char_to_index), len(chars)).T, cmap="Blues", vmax=1.4)
for place, char in enumerate(read):
    axis.text(place, char_to_index[char], "1", ha="center", va="center")
axis.set(xticks=range(len(read)), yticks=range(len(chars)), yticklabels=chars, ylabel="vocabulary")
axis.set_xticklabels([f"{mine}\n→ {theirs}" for mine, theirs in zip(read, wanted, strict=True)])
axis.set(title="hihell, one column per character", xlabel="character read → character wanted")
plt.show()

# %% [markdown]
# ## A long text in windows
#
# The sentence is too long to be one example, and one example is too few. So a window of fixed length slides over it,
# one character at a time, and each window has as its target the same window one step later. For `hihello` and length
# 4:
#
# | window | target |
# |---|---|
# | `hihe` | `ihel` |
# | `ihel` | `hell` |
# | `hell` | `ello` |
#
# The last window must leave one character for its target, so a text has $\text{len(text)} - \text{length}$ of them:
# the sentence of 180 characters has 170 windows of 10.


# %% answer="make_windows"
def make_windows(text: str, length: int) -> list[tuple[str, str]]:
    """Every window of `length` characters, in order, with the window one character later as its target.

    Returns a list of `len(text) - length` pairs `(window, target)` of strings, each of `length` characters; an empty
    list when the text has no more than `length` characters.
    """
    ### BEGIN SOLUTION
    starts = range(len(text) - length)
    return [(text[start : start + length], text[start + 1 : start + length + 1]) for start in starts]
    ### END SOLUTION


# %% check="windows"
check("rnn_charseq", question="windows")

# %% tags=["demo"]
pairs = make_windows(SENTENCE, 10)
print(len(SENTENCE), "characters,", len(pairs), "windows, vocabulary", "".join(build_vocab(SENTENCE)[0]))
for window, target in (*pairs[:3], *pairs[-2:]):
    print(repr(window), "→", repr(target))

# %% [markdown]
# ## One step of the recurrence
#
# A feed-forward network passes values from input to output only. A recurrent one also passes its hidden state $h$
# from one step to the next. The lecture's formula:
#
# $$h_t = \tanh\bigl(W_{ih}\,x_t + b_{ih} + W_{hh}\,h_{t-1} + b_{hh}\bigr)$$
#
# $W_{ih}$ looks at what is read now, $W_{hh}$ at what was remembered. The same four parameters serve every step,
# however long the text is. The two biases could be one; torch keeps both, and so do we.
#
# In a batch every *row* of `x` is one sequence's input at this step, so the matrices are multiplied from the right,
# transposed:
#
# $$h' = \tanh\bigl(x\,W_{ih}^\top + b_{ih} + h\,W_{hh}^\top + b_{hh}\bigr)$$
#
# A worked example with one sequence, one input number and two hidden ones:
#
# $$x = (1), \quad h = (0.5, -1), \quad W_{ih} = \begin{pmatrix}1\\-2\end{pmatrix}, \quad b_{ih} = (0.1, 0.2), \quad
# W_{hh} = \begin{pmatrix}0&1\\3&0\end{pmatrix}, \quad b_{hh} = (0.4, -0.2)$$
#
# $$h' = \tanh\bigl((1,-2) + (0.1, 0.2) + (-1, 1.5) + (0.4,-0.2)\bigr) = \tanh(0.5, -0.5) = (0.4621, -0.4621)$$


# %% answer="rnn_step"
def rnn_step(
    x: torch.Tensor,
    h: torch.Tensor,
    w_ih: torch.Tensor,
    b_ih: torch.Tensor,
    w_hh: torch.Tensor,
    b_hh: torch.Tensor,
) -> torch.Tensor:
    """One step of a recurrent network, for N sequences at once: tanh(x w_ihᵀ + b_ih + h w_hhᵀ + b_hh).

    x: this step's inputs `(N, D)`. h: the hidden states so far `(N, H)`; it is not changed.
    w_ih: `(H, D)`. w_hh: `(H, H)`. b_ih, b_hh: `(H,)`.
    Returns the new hidden states `(N, H)`, in the dtype of the inputs. Gradients flow to all six arguments.
    """
    ### BEGIN SOLUTION
    return torch.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
    ### END SOLUTION


# %% check="step"
check("rnn_charseq", question="step")

# %% [markdown]
# ### Unrolled, it is `nn.RNN`
#
# Your step, called once per character, gives what `nn.RNN` gives. The second print is worth remembering: the output
# at the last step *is* the hidden state.

# %% tags=["demo"]
torch.manual_seed(seed)
layer = nn.RNN(len(chars), 3, batch_first=True)
letters = one_hot(encode(read, char_to_index), len(chars)).unsqueeze(0)
h = torch.zeros(1, 3)
with torch.no_grad():
    states = []
    for step in range(len(read)):
        h = rnn_step(letters[:, step], h, layer.weight_ih_l0, layer.bias_ih_l0, layer.weight_hh_l0, layer.bias_hh_l0)
        states.append(h)
    outputs, last = layer(letters)
print("largest difference to nn.RNN:", (torch.stack(states, dim=1) - outputs).abs().max().item())
print("the last output is the hidden state:", torch.equal(outputs[:, -1], last[0]))

# %% [markdown]
# ## The network
#
# One-hot vectors (or an embedding), a recurrent network, and a Linear layer that turns each hidden state into V
# logits, one per possible next character:
#
# $$\text{indices }(N, T) \;\to\; (N, T, V \text{ or } E) \;\xrightarrow{\text{RNN}}\; (N, T, h)
# \;\xrightarrow{\text{Linear}}\; \text{logits }(N, T, V)$$
#
# - **`batch_first=True`.** Without it `nn.RNN` takes the first axis for time. An input `(N, T, V)` then still runs
#   and still gives `(N, T, h)`, but the memory goes from one *sequence* to the next, and no error tells you.
# - **Layers.** With `num_layers` = 2 the hidden states of the first layer are the inputs of the second.
# - **Embedding.** `nn.Embedding(V, E)` is a V×E table of learned numbers; it puts row i of the table in place of
#   number i. That is what a one-hot vector times a V×E matrix gives: with the identity as its table an embedding *is*
#   one-hot.
# - **Nothing after the Linear layer.** Cross-entropy takes logits.
# - **Every sequence starts at zero.** Two calls with the same input give the same output.
#
# You will need the hidden state again when the network writes on its own. `forward` returns logits alone, so there is
# a second method, `advance`, which takes a hidden state and returns the new one as well. The checks only call
# `forward`; if you would rather do without `advance`, do.


# %% answer="CharRNN"
class CharRNN(nn.Module):
    """One-hot vectors or an embedding, a tanh RNN, a Linear layer: indices `(N, T)` -> logits `(N, T, vocab_size)`.

    vocab_size: characters in the vocabulary, V. hidden_size: numbers in the hidden state of each layer.
    num_layers: layers of the RNN. embedding_size: columns of the embedding table, None for one-hot vectors.
    RNN and Linear have biases; nothing follows the Linear layer. The hidden state starts at 0 in every call.
    """

    def __init__(
        self, vocab_size: int, hidden_size: int, num_layers: int = 1, embedding_size: int | None = None
    ) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.vocab_size = vocab_size
        self.embedding = None if embedding_size is None else nn.Embedding(vocab_size, embedding_size)
        self.rnn = nn.RNN(embedding_size or vocab_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab_size)
        ### END SOLUTION

    def advance(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Read on from a hidden state, or from 0 when it is None.

        x: int64 `(N, T)`. Returns the logits `(N, T, V)` and the hidden state after the last character.
        """
        ### BEGIN SOLUTION
        letters = one_hot(x, self.vocab_size) if self.embedding is None else self.embedding(x)
        outputs, hidden = self.rnn(letters, hidden)
        return self.fc(outputs), hidden
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits `(N, T, V)` of the next character at every position of x, int64 `(N, T)`."""
        return self.advance(x)[0]


# %% [markdown]
# ### The shapes of a recurrent network
#
# `nn.RNN` returns two things: the output of the last layer at *every* step, and the hidden state of *every* layer
# after the last step. A **bidirectional** network reads the text forwards and backwards and sets both results side by
# side: its outputs are twice as wide, and it has twice as many hidden states. (For predicting the next character it
# is of no use: reading backwards, it has seen the answer.)
#
# As the lecture notes: with `batch_first=True` the batch comes first in the output, but in the hidden state the
# layers come first, whether `batch_first` is set or not.


# %% answer="output_shapes"
def output_shapes(
    batch: int, length: int, hidden: int, layers: int, bidirectional: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes of what `nn.RNN(…, batch_first=True)` returns for a batch of sequences.

    batch: sequences, length: steps of each, hidden: numbers in the hidden state of one layer and direction.
    Returns `(output_shape, hidden_shape)`, two tuples of three ints: the shape of the output, batch first, and the
    shape of the hidden state.
    """
    ### BEGIN SOLUTION
    directions = 2 if bidirectional else 1
    return (batch, length, directions * hidden), (layers * directions, batch, hidden)
    ### END SOLUTION


# %% check="model"
check("rnn_charseq", question="model")

# %% [markdown]
# ## Training
#
# Every position of every sequence is a classification of its own: V classes, the right one is the character that
# comes. The loss is the cross-entropy, the mean over all N·T positions:
#
# $$L = -\frac{1}{NT}\sum_{n=1}^{N}\sum_{t=1}^{T} \log p_{n,t}(\text{target}_{n,t})$$
#
# `F.cross_entropy` wants logits `(rows, V)` and targets `(rows,)`, so both lose their first two axes *in the same
# order*: `logits.reshape(-1, V)` and `targets.reshape(-1)`. (It also takes `(N, V, T)`; then the axes must be
# *exchanged*, `logits.transpose(1, 2)`. A `view` to that shape gives the same shape and mixes up positions and
# classes.)
#
# There is a cheap test for this. A network that has learned nothing spreads its answer over all characters, so the
# very first loss must be near $\log V$, and it must be the loss of the untouched network exactly.
#
# These texts are small, so all sequences together are one batch, and one epoch is one step of Adam.


# %% answer="train"
def train(
    model: nn.Module,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    *,
    epochs: int,
    lr: float = 0.1,
    seed: int = 0,
    device: str = "cpu",
) -> list[float]:
    """Train `model` in place with Adam(lr), all sequences in one batch; return one loss per epoch.

    model: turns indices `(N, T)` into logits `(N, T, V)`. inputs, targets: int64 `(N, T)`. All are moved to `device`.
    An epoch is one step on the cross-entropy, the mean over all N·T positions. Its entry in the list is the loss that
    the step started from: the first entry is the loss of the model as it was given.
    seed: there is nothing to draw here; it stands in the list so that every `train` of the course is called alike.
    """
    ### BEGIN SOLUTION
    model.to(device).train()
    inputs, targets = inputs.to(device), targets.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        logits = model(inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
    ### END SOLUTION


# %% check="train"
check("rnn_charseq", question="train")

# %% [markdown]
# ## From numbers back to text
#
# The network's answer at a position is the character with the largest logit. Reading `hihell`, a trained network
# should answer `ihello`.


# %% answer="decode_prediction"
def decode_prediction(
    model: nn.Module, text: str, chars: list[str], char_to_index: dict[str, int], device: str = "cpu"
) -> str:
    """What the network expects after each character of `text`: a string as long as `text`.

    model: a CharRNN; it is moved to `device`. chars, char_to_index: as from `build_vocab`.
    Position t of the result is the most likely next character after the network has read `text[: t + 1]`.
    """
    ### BEGIN SOLUTION
    model.to(device).eval()
    x = encode(text, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        best = model(x).argmax(dim=2).squeeze(0)
    return "".join(chars[index] for index in best.tolist())
    ### END SOLUTION


# %% [markdown]
# ### Writing on its own
#
# The network reads a prefix, says what comes next, reads *that*, and so on. All it knows of the past is its hidden
# state, so nothing needs to be read twice: read the prefix once, keep the hidden state, and from then on give the
# network one character and the kept state at each step. Reading everything again for each new character gives the
# same text, and takes longer for every character of the prefix. The checks count the work.


# %% answer="generate"
def generate(
    model: nn.Module, prefix: str, n: int, chars: list[str], char_to_index: dict[str, int], device: str = "cpu"
) -> str:
    """`prefix`, and n characters the network writes after it, each the most likely one.

    model: a CharRNN; it is moved to `device`. prefix: one character or more. n: 1 or more.
    The prefix is read once; afterwards the hidden state is carried from one character to the next. Every call starts
    from the hidden state 0.
    """
    ### BEGIN SOLUTION
    model.to(device).eval()
    text, hidden = prefix, None
    x = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        for _ in range(n):
            logits, hidden = model.advance(x, hidden)
            x = logits[:, -1:].argmax(dim=2)
            text += chars[x.item()]
    return text
    ### END SOLUTION


# %% check="generate"
check("rnn_charseq", question="generate")

# %% [markdown]
# ### hihell → ihello
#
# The lecture's first two texts, with 10 hidden numbers and the learning rate 0.1. Each line is the same network from
# the same start, trained for that many epochs. Letters in brackets are wrong.


# %% tags=["demo"]
def fresh(text, hidden_size, **settings):
    """A new network for the characters of `text`, always from the same start."""
    torch.manual_seed(seed)
    return CharRNN(len(build_vocab(text)[0]), hidden_size, **settings)


def as_batch(text, vocabulary, length):
    """Windows of `text` and their targets as indices, two tensors (N, length)."""
    pairs = make_windows(text, length)
    return tuple(torch.stack([encode(part, vocabulary) for part in side]) for side in zip(*pairs, strict=True))


def marked(answer, target):
    return "".join(mine if mine == theirs else f"[{mine}]" for mine, theirs in zip(answer, target, strict=True))


figure, axes = plt.subplots(1, 2, figsize=(11, 3.2), layout="constrained")
for axis, text in zip(axes, (GREETING, PHRASE), strict=True):
    chars, char_to_index = build_vocab(text)
    inputs, targets = as_batch(text, char_to_index, len(text) - 1)
    print(f"{text[:-1]!r} → {text[1:]!r}")
    for count in (0, 2, 4, 6, 8, 10, 15, 20, epochs):
        net = fresh(text, 10)
        losses = train(net, inputs, targets, epochs=count, device=device)
        print(
            f"  {count:3d} epochs: {marked(decode_prediction(net, text[:-1], chars, char_to_index, device), text[1:])}"
        )
    axis.semilogy(losses)
    axis.axhline(math.log(len(chars)), color="gray", linestyle="--", label=f"log {len(chars)}: knows nothing")
    axis.set(xlabel="epoch", ylabel="cross-entropy", title=f"{text[:-1]!r} → {text[1:]!r}")
    axis.legend()

# %% [markdown]
# ## Why the loss stops
#
# The lecture's first version had no Linear layer: with as many hidden numbers as characters, the outputs of the RNN
# were used as logits. It printed `ihello`, all right, and a loss that stood at **0.458** from about epoch 90 on (the
# lecture's figure). With the Linear layer the same training ended at **0.001**.
#
# The reason is the tanh: its outputs lie between −1 and 1. The best such logits for k classes are 1 for the right
# class and −1 for the others. With logits confined to $[-b, b]$ the probability of the right class is then at most
#
# $$p = \frac{e^{b}}{e^{b} + (k-1)\,e^{-b}} = \frac{1}{1 + (k-1)\,e^{-2b}}$$
#
# (in the lecture, with $b = 1$: $e^2/(e^2+k-1)$), and the cross-entropy cannot fall below
#
# $$-\log p = \log\bigl(1 + (k-1)\,e^{-2b}\bigr)$$
#
# For k = 5 and b = 1 that is $p = 0.649$ and a loss of 0.4327, a little below where the lecture's run stood. (The
# lecture names 0.71 as the largest probability: that is the value for k = 4.)
#
# The same happens when a softmax is put before the cross-entropy: its outputs lie between 0 and 1. Adding the same
# number to all logits changes nothing, so that is the case $b = 0.5$.


# %% answer="logit_floor"
def logit_floor(k: int, bound: float = 1.0) -> float:
    """The least cross-entropy of one example with k classes when every logit lies between -bound and bound.

    k: number of classes, 2 or more. bound: 0 or more. Returns a float; natural logarithm.
    """
    ### BEGIN SOLUTION
    return math.log(1 + (k - 1) * math.exp(-2 * bound))
    ### END SOLUTION


# %% check="floor"
check("rnn_charseq", question="floor")

# %% [markdown]
# ### Three networks and a floor
#
# The lecture's three networks for `hihell`, with 5 hidden numbers as in the lecture: tanh outputs as logits, one-hot
# with a Linear layer, and an embedding with 10 columns. Before you run it: which of them will print the wrong string?


# %% tags=["demo"]
class WithoutLinear(nn.Module):
    """The lecture's first version: the hidden states are the logits."""

    def __init__(self, vocab_size):
        super().__init__()
        self.vocab_size = vocab_size
        self.rnn = nn.RNN(vocab_size, vocab_size, batch_first=True)

    def forward(self, x):
        return self.rnn(one_hot(x, self.vocab_size))[0]


chars, char_to_index = build_vocab(GREETING)
inputs, targets = as_batch(GREETING, char_to_index, len(GREETING) - 1)
torch.manual_seed(seed)
networks = {
    "tanh outputs as logits": (WithoutLinear(5), 0.458),
    "one-hot, Linear": (fresh(GREETING, 5), 0.001),
    "embedding of 10, Linear": (fresh(GREETING, 5, embedding_size=10), 0.007),
}
figure, axis = plt.subplots(figsize=(7.5, 4), layout="constrained")
for (name, (net, lecture)), colour in zip(networks.items(), ("C3", "C0", "C2"), strict=True):
    losses = train(net, inputs, targets, epochs=epochs, device=device)
    answer = decode_prediction(net, GREETING[:-1], chars, char_to_index, device)
    print(f"{name}: loss {losses[-1]:.4f} (the lecture's run: {lecture}), answer {answer!r}")
    axis.semilogy(losses, color=colour, label=name)
    axis.plot(99, lecture, marker="o", color=colour, markerfacecolor="none")
axis.axhline(logit_floor(5), color="black", linestyle="--", label=f"logit_floor(5) = {logit_floor(5):.4f}")
axis.set(xlabel="epoch", ylabel="cross-entropy", title="The floor under bounded logits (circles: the lecture's runs)")
axis.legend()
plt.show()

# %% [markdown]
# ### An embedding with the identity as its table
#
# The embedding network below gets the one-hot network's weights, and the identity for a table. The outputs are the
# same.

# %% tags=["demo"]
plain, embedded = fresh(GREETING, 5), fresh(GREETING, 5, embedding_size=5)
tables = [module for module in embedded.modules() if isinstance(module, nn.Embedding)]
if tables:
    embedded.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        tables[0].weight.copy_(torch.eye(5))
        print("largest difference:", (plain(inputs.cpu()) - embedded(inputs.cpu())).abs().max().item())

# %% [markdown]
# ## The long sentence
#
# 170 windows of 10 characters, two layers with 25 hidden numbers. The lecture trains with the learning rate 0.1,
# which with two layers is a gamble: in our measurements it read anything between 0.43 and 0.99 of the sentence right.
# With **0.03** it has never been below 0.988 (200 runs).
#
# The text is read out **stitched**: the first window's answers whole, then only the last answer of every other
# window, where the network has read ten characters and has the most to go by.


# %% tags=["demo"]
def stitched(net, inputs, chars):
    """The predicted text: all of the first window, then each window's last character."""
    net.to(device)
    with torch.no_grad():
        best = net(inputs.to(device)).argmax(dim=2).cpu()
    return "".join(chars[index] for index in torch.cat([best[0], best[1:, -1]]).tolist())


chars, char_to_index = build_vocab(SENTENCE)
inputs, targets = as_batch(SENTENCE, char_to_index, 10)
counts = [count for count in (1, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80) if count < epochs] + [epochs]
green = []
for count in counts:
    net = fresh(SENTENCE, 25, num_layers=2)
    losses = train(net, inputs, targets, epochs=count, lr=0.03, device=device)
    answer = stitched(net, inputs, chars)
    green.append([mine == theirs for mine, theirs in zip(answer, SENTENCE[1:], strict=True)])
    share = sum(green[-1]) / len(answer)
    print(f"{count:3d} epochs, {share:5.1%} right: {answer[:88]}…")

figure, axis = plt.subplots(figsize=(13, 3.4), layout="constrained")
axis.imshow(torch.tensor(green), aspect="auto", cmap="RdYlGn", vmin=-0.3, vmax=1.3, interpolation="nearest")
axis.set(
    yticks=range(len(counts)), yticklabels=counts, ylabel="epochs", title="Right (green) and wrong (red) characters"
)
axis.set_xticks(range(len(SENTENCE) - 1), list(SENTENCE[1:]), fontsize=6, family="monospace")
axis.tick_params(axis="x", length=0)
metrics.record(net, loss=losses[-1], accuracy=share)

# %% [markdown]
# ### Two learning rates, and two ways to count
#
# Left, the losses with 0.03 and with the lecture's 0.1, from four different starts each. Right, how often the answer is
# right at each position *inside* the windows. At the first position the network has seen one character, and the best
# anybody could do is to name that character's most frequent successor; the black line is that best, worked out from the
# text itself.

# %% tags=["demo"]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), layout="constrained")
for rate, colour in ((0.1, "C1"), (0.03, "C0")):
    for start in (3, 2, 1, 0):
        torch.manual_seed(seed + start)
        net = CharRNN(len(chars), 25, num_layers=2)
        losses = train(net, inputs, targets, epochs=epochs, lr=rate, device=device)
        left.semilogy(losses, color=colour, alpha=0.8, label=None if start else f"learning rate {rate}")
left.set(xlabel="epoch", ylabel="cross-entropy", title="The loss of the sentence, four starts each")
left.legend()

with torch.no_grad():
    hits = (net(inputs.to(device)).argmax(dim=2).cpu() == targets).double()
possible = []
for position in range(inputs.shape[1]):
    followers = {}
    for window, target in zip(inputs.tolist(), targets.tolist(), strict=True):
        followers.setdefault(tuple(window[: position + 1]), []).append(target[position])
    possible.append(sum(max(map(seen.count, seen)) for seen in followers.values()) / len(inputs))

right.bar(range(1, 11), hits.mean(dim=0), color="C0", label="the network")
right.step(torch.arange(0.5, 11.5), [*possible, possible[-1]], where="post", color="black", label="the best possible")
right.set(xlabel="position in the window", ylabel="share right", xticks=range(1, 11), ylim=(0, 1.05))
right.set_title("With more to go by it knows more")
right.legend(loc="lower right")
print(f"over all positions: {hits.mean():.4f} right, possible are {sum(possible) / len(possible):.4f}")

# %% [markdown]
# ### The network writes
#
# From the beginning of the sentence it should recite the rest. And from something the sentence does not say? Every
# prefix must consist of characters the vocabulary holds.

# %% tags=["demo"]
for prefix in ("if you", "the sea", "build a wood ship and "):
    print(repr(prefix), "→", generate(net, prefix, 70, chars, char_to_index, device))

# %% [markdown]
# ### What it remembers
#
# The hidden state of the second layer while the network reads: one row per hidden number, one column per character.
# Look for rows that switch at spaces, and for columns of the same letter that look different: that difference is the
# memory.

# %% tags=["demo"]
layers = [module for module in net.modules() if isinstance(module, nn.RNN)]
if layers:
    seen = []
    handle = layers[-1].register_forward_hook(lambda module, given, result: seen.append(result[0].detach().cpu()))
    decode_prediction(net, SENTENCE[:62], chars, char_to_index, device)
    handle.remove()
    figure, axis = plt.subplots(figsize=(13, 4), layout="constrained")
    picture = axis.imshow(seen[0].reshape(-1, 25).T, aspect="auto", cmap="coolwarm", vmin=-1, vmax=1)
    axis.set_xticks(range(62), list(SENTENCE[:62]), family="monospace")
    axis.set(ylabel="hidden number", title="Hidden states of the last layer while reading")
    figure.colorbar(picture, ax=axis, label="value")

# %% [markdown]
# ## What to look at
#
# - **`hihell`, epoch by epoch.** The two `h` and the two `l` are the hard ones: the same character, another
#   successor. A network without memory would have to get one of each pair wrong.
# - **The loss, not the string.** All three networks above print `ihello`. Only the loss shows that one of them cannot
#   be certain: it stands just above the dashed floor, and no amount of training takes it below. When a loss settles
#   at a strange number, ask what bounds the logits.
# - **The first loss.** It is near log V. If yours starts somewhere else, the axes are mixed up, or something squashes
#   the logits.
# - **The matrix of the sentence.** Common pairs turn green first. The last red ones stand at the very beginning: there
#   the first window has only a letter or two to go by, and after `i` alone the sentence goes on in many ways.
# - **Two ways to count.** Stitched, nearly everything is right. Over all positions of all windows it is 0.8965 at
#   best, for any network: at the start of a window there is nothing to go by. A measured share means little until you
#   know what share is possible.
# - **The recital.** What the network learned is this sentence, not English. Given a prefix the sentence does not
#   have, it soon finds a place it knows and goes on from there; sometimes it goes round in circles.
