"""PyTorch, the peer: the same networks (lib/model/families.ts), batch and Adam, channels_last.

Started by `deno task bench --peers`; see benchmarks/README.md for what was chosen and why.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from peer import python, serve, threads

torch.set_num_threads(threads())
IMAGES = 1280


class Block(nn.Module):
    """Two 3x3 convolutions with squeeze-and-excitation and a projected shortcut."""

    def __init__(self, channels, filters, ratio):
        super().__init__()
        convolution = lambda n, size: nn.Conv2d(n, filters, size, padding=size // 2, bias=False)
        self.one, self.norm_one = convolution(channels, 3), nn.BatchNorm2d(filters)
        self.two, self.norm_two = convolution(filters, 3), nn.BatchNorm2d(filters)
        self.shortcut, self.norm_shortcut = convolution(channels, 1), nn.BatchNorm2d(filters)
        self.reduce = nn.Linear(filters, filters // ratio)
        self.excite = nn.Linear(filters // ratio, filters)
        nn.init.zeros_(self.norm_two.weight)

    def forward(self, x):
        y = F.relu(self.norm_one(self.one(x)))
        y = self.norm_two(self.two(y))
        scale = torch.sigmoid(self.excite(F.relu(self.reduce(y.mean((2, 3))))))
        y = y * scale[:, :, None, None]
        return F.relu(y + self.norm_shortcut(self.shortcut(x)))


def build_residual(case):
    """network=resnet(1, 2, 32) with pooled down-sampling and an average head."""
    channels = 32
    layers = [nn.Conv2d(1, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
    for filters in case["filters"]:
        layers += [nn.MaxPool2d(2), Block(channels, filters, case["squeezeExcitation"])]
        channels = filters
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(case["denseDropout"])]
    model = nn.Sequential(*layers, nn.Linear(channels, 7))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return model.to(memory_format=torch.channels_last)


def build(case):
    """The network of a case: {network, filters, denseUnits, batchNorm, convDropout, ...}."""
    torch.manual_seed(1)
    if case["network"] != "chain":
        return build_residual(case)
    layers, channels, side = [], 1, 48
    for filters in case["filters"]:
        layers += [nn.Conv2d(channels, filters, 3, padding=1, bias=not case["batchNorm"])]
        if case["batchNorm"]:
            layers += [nn.BatchNorm2d(filters)]
        # Pooling before ReLU gives the same result and works on a quarter of the pixels; PyTorch's
        # own tutorials write it the other way round, and so does this.
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        if case["convDropout"]:
            layers += [nn.Dropout(case["convDropout"])]
        channels, side = filters, side // 2
    layers += [nn.Flatten(), nn.Linear(side * side * channels, case["denseUnits"]), nn.ReLU()]
    if case["denseDropout"]:
        layers += [nn.Dropout(case["denseDropout"])]
    layers += [nn.Linear(case["denseUnits"], 7)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def augment(images):
    """flip|rotate(10)|zoom(0.1)|shift(0.1): one affine map per image, bilinear, edges repeated."""
    n = len(images)
    uniform = lambda limit: (2 * torch.rand(n) - 1) * limit
    flip = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    angle, zoom = uniform(math.radians(10)), 1 + uniform(0.1)
    cos, sin = zoom * torch.cos(angle), zoom * torch.sin(angle)
    # Shifts are shares of the side, which is 2 in grid_sample's coordinates.
    matrix = torch.stack(
        [flip * cos, -sin, uniform(0.2), flip * sin, cos, uniform(0.2)], 1
    ).view(n, 2, 3)
    grid = F.affine_grid(matrix, images.shape, align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def prepare(case, mixed):
    model = build(case)
    batch = case["batchSize"]
    images = torch.rand(IMAGES, 1, 48, 48).to(memory_format=torch.channels_last)
    labels = torch.randint(0, 7, (IMAGES,))
    at = lambda i: slice(i * batch % IMAGES, i * batch % IMAGES + batch)
    if case["kind"] == "predict":
        model.eval()

        def run(steps):
            with torch.inference_mode():
                for i in range(steps):
                    F.softmax(model(images[at(i)]), 1).numpy()
    else:
        optimizer, loss_of = torch.optim.Adam(model.parameters(), 1e-3), nn.CrossEntropyLoss()
        net = torch.compile(model) if case.get("compile") else model

        def run(steps):
            correct = torch.zeros((), dtype=torch.int64)
            for i in range(steps):
                inputs, targets = images[at(i)], labels[at(i)]
                if case["augment"] != "none":
                    inputs = augment(inputs)
                optimizer.zero_grad()
                # As its documentation has it: forward pass and loss within, the rest without.
                with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
                    logits = net(inputs)
                    loss = loss_of(logits, targets)
                loss.backward()
                optimizer.step()
                # Accuracy, as the other sides count it too.
                correct += (logits.detach().argmax(1) == targets).sum()
    return run


serve(prepare, {"version": torch.__version__, "python": python()})
