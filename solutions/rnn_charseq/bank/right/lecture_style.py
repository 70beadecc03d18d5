"""As the lecture writes: np.eye, an explicit zero start, view(-1, V), a Net declared with its Linear layer first."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim


def build_vocab(text):
    char_set = list(set(text))
    char_set.sort()
    char_dic = {c: i for i, c in enumerate(char_set)}
    return char_set, char_dic


def encode(text, char_to_index):
    return torch.LongTensor([char_to_index[c] for c in text])


def one_hot(indices, size):
    return torch.FloatTensor(np.eye(size)[indices.cpu().numpy()]).to(indices.device)


def make_windows(text, length):
    data = []
    for i in range(0, len(text) - length):
        x_str = text[i : i + length]
        y_str = text[i + 1 : i + length + 1]
        data.append((x_str, y_str))
    return data


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    a = torch.mm(x, w_ih.t()) + b_ih
    a = a + torch.mm(h, w_hh.t()) + b_hh
    e, f = torch.exp(a), torch.exp(-a)
    return (e - f) / (e + f)


class CharRNN(torch.nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super(CharRNN, self).__init__()
        self.fc = torch.nn.Linear(hidden_size, vocab_size, bias=True)
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        input_dim = vocab_size
        self.use_embedding = embedding_size is not None
        if self.use_embedding:
            input_dim = embedding_size
            self.embedding = nn.Embedding(vocab_size, embedding_size)
        self.rnn = torch.nn.RNN(input_dim, hidden_size, num_layers=num_layers, batch_first=True)

    def init_hidden(self, batch, device):
        return torch.zeros(self.num_layers, batch, self.hidden_size, device=device)

    def read(self, x):
        return self.embedding(x) if self.use_embedding else one_hot(x, self.vocab_size)

    def forward(self, x):
        out, _status = self.rnn(self.read(x), self.init_hidden(x.size(0), x.device))
        out = self.fc(out)
        return out


def output_shapes(batch, length, hidden, layers, bidirectional):
    num_directions = 2 if bidirectional else 1
    return torch.Size([batch, length, hidden * num_directions]), torch.Size([layers * num_directions, batch, hidden])


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    torch.manual_seed(seed)
    net = model.to(device)
    X = inputs.to(device)
    Y = targets.to(device)
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr)
    history = []
    for i in range(epochs):
        optimizer.zero_grad()
        outputs = net(X)
        loss = criterion(outputs.view(-1, outputs.size(2)), Y.reshape(-1))
        loss.backward()
        optimizer.step()
        history.append(loss.detach().cpu().numpy())
    return history


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device)
    X = encode(text, char_to_index).view(1, -1).to(device)
    outputs = model(X)
    result = outputs.data.cpu().numpy().argmax(axis=2)
    return "".join([chars[c] for c in result[0]])


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model = model.to(device)
    hidden = model.init_hidden(1, device)
    for c in prefix:
        x = torch.tensor([[char_to_index[c]]], device=device)
        out, hidden = model.rnn(model.read(x), hidden)
    result = prefix
    for i in range(n):
        index = model.fc(out).data.view(-1).max(0)[1].item()
        result += chars[index]
        out, hidden = model.rnn(model.read(torch.tensor([[index]], device=device)), hidden)
    return result


def logit_floor(k, bound=1.0):
    p = np.exp(bound) / (np.exp(bound) + (k - 1) * np.exp(-bound))
    return -np.log(p)
