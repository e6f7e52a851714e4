"""What Augmentor does, in numbers, for augmentor_test.ts to hold ours against.

    python3 -m venv VENV && VENV/bin/pip install Augmentor==0.2.12
    VENV/bin/python lib/augmentation/augmentor.py > lib/augmentation/augmentor.json && deno fmt

Where a pixel of the result comes from is read off two images whose grays are their own coordinates;
they are of floats, so that nothing is rounded.
"""

import base64
import contextlib
import importlib.metadata
import json
import random

import numpy as np
from Augmentor import Pipeline
from Augmentor.Operations import RotateRange, ZoomRandom
from PIL import Image

SIZE = 48
# What bicubic interpolation mixes with the empty corners is left out of the fit.
MARGIN = 4


def coordinates():
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    return [Image.fromarray(x), Image.fromarray(y)]


def affine(images):
    """The map from a pixel of the result to its place in the original, by least squares: six numbers."""
    y, x = np.mgrid[0:SIZE, 0:SIZE][:, MARGIN:-MARGIN, MARGIN:-MARGIN].reshape(2, -1)
    design = np.stack([x, y, np.ones_like(x)], axis=1)
    rows = []
    for image in images:
        seen = np.asarray(image)[MARGIN:-MARGIN, MARGIN:-MARGIN].ravel()
        rows += np.linalg.lstsq(design, seen, rcond=None)[0].tolist()
    return [round(value, 4) for value in rows]


def wave():
    """A smooth image with detail of some pixels, about as a face has."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    gray = 128 + 55 * np.sin(x / 4) + 55 * np.cos(y / 3 + x / 20)
    return Image.fromarray(np.round(gray).astype(np.uint8))


@contextlib.contextmanager
def drawn(*numbers):
    """Random whole numbers are these in turn; gives what ranges they were asked from."""
    asked = []

    def draw(low, high):
        asked.append([low, high])
        return numbers[len(asked) - 1]

    whole, random.randint = random.randint, draw
    try:
        yield asked
    finally:
        random.randint = whole


def done(operation, *numbers):
    """What an operation does with these numbers drawn: its map, a wave's grays, and their ranges."""
    with drawn(*numbers) as asked:
        found = affine(operation.perform_operation(coordinates()))
    with drawn(*numbers):
        [image] = operation.perform_operation([wave()])
    grays = base64.b64encode(np.asarray(image).tobytes()).decode()
    return {"map": found, "ranges": asked}, {"wave": grays}


def rotations():
    found = []
    for degrees in range(-10, 11):
        left_or_right = 0 if degrees < 0 else 1
        numbers = (min(degrees, 0), max(degrees, 0), left_or_right)
        moved, grays = done(RotateRange(1, 10, 10), *numbers)
        found.append({"degrees": degrees, **moved, **(grays if degrees == 3 else {})})
    return found


def windows():
    found = []
    for left, top in [(0, 0), (10, 0), (3, 7), (10, 10)]:
        moved, grays = done(ZoomRandom(1, 0.8, False), left, top)
        found.append({"left": left, "top": top, **moved, **(grays if left == 3 else {})})
    return found


def shares():
    """How often an operation of each probability happens, of 100,000 images."""

    class Counted:
        def __init__(self, probability):
            self.probability = probability
            self.times = 0

        def perform_operation(self, images):
            self.times += 1
            return images

    random.seed(1)
    pipeline = Pipeline()
    pipeline.operations = [Counted(tenths / 10) for tenths in range(1, 11)]
    image = np.zeros((2, 2), np.uint8)
    for _ in range(100_000):
        pipeline._execute_with_array(image)
    return [
        {"probability": each.probability, "share": each.times / 100_000}
        for each in pipeline.operations
    ]


def angles():
    """How often each angle is drawn, of 100,000, as multiples of a degree from -10 to 10."""
    random.seed(1)
    times = [0] * 21
    rotate, Image.Image.rotate = Image.Image.rotate, lambda image, angle, **_: (
        times.__setitem__(angle + 10, times[angle + 10] + 1),
        image,
    )[1]
    resize, Image.Image.resize = Image.Image.resize, lambda image, *_, **__: image
    try:
        tiny = Image.new("L", (SIZE, SIZE))
        for _ in range(100_000):
            RotateRange(1, 10, 10).perform_operation([tiny])
    finally:
        Image.Image.rotate, Image.Image.resize = rotate, resize
    return [count / 100_000 for count in times]


print(json.dumps({
    "augmentor": importlib.metadata.version("Augmentor"),
    "pillow": importlib.metadata.version("pillow"),
    "size": SIZE,
    "rotations": rotations(),
    "windows": windows(),
    "shares": shares(),
    "angles": angles(),
}))
