"""What exports predict, each opened by a runtime of its own: by its files and what they say of themselves.

    python predictions.py < jobs

`jobs` is a JSON list of {"folder", "samples", "formats"}: of an export, a file of float32 values of
[n, *sample] as the data set has them, and what to open of it. Prints a line of JSON for each format of
each job: {"format", "openedBy", "probabilities"}, these of [n, classes], once for each way to ask for
them; or {"format", "trouble"}.
"""

import json
import os
import sys
import zipfile

import numpy as np

# Samples that are predicted at once.
BATCH = 20


def onnx(folder):
    import onnxruntime

    path = os.path.join(folder, "model.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    texts = session.get_modelmeta().custom_metadata_map

    def network(views):
        if views.ndim == 4:
            views = np.ascontiguousarray(views.transpose(0, 3, 1, 2))
        return session.run(None, {"input": views})[0]

    opened_by = f"onnxruntime {onnxruntime.__version__}"
    return opened_by, from_texts(texts, "input"), [of_views(network)]


def safetensors(folder):
    from safetensors import __version__, safe_open

    with safe_open(os.path.join(folder, "model.safetensors"), "numpy") as file:
        texts = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}
    layers = json.loads(texts["layers"])
    opened_by = f"safetensors {__version__}, NumPy {np.__version__}"
    network = of_views(lambda views: compute(layers, weights, views))
    return opened_by, from_texts(texts, "view"), [network]


def keras(folder):
    import keras

    path = os.path.join(folder, "model.keras")
    model = keras.saving.load_model(path)
    with zipfile.ZipFile(path) as archive:
        metadata = json.loads(archive.read("fer-lab.json"))
    network = of_views(lambda views: model(views, training=False).numpy())
    return f"Keras {keras.__version__}", metadata, [network]


def savedmodel(folder):
    import tensorflow as tf

    path = os.path.join(folder, "savedmodel")
    signatures = tf.saved_model.load(path).signatures
    with open(os.path.join(path, "assets.extra", "fer-lab.json"), encoding="utf-8") as file:
        metadata = json.load(file)

    def ask(name, **values):
        return signatures[name](**{k: tf.constant(v) for k, v in values.items()})["probabilities"].numpy()

    return (
        f"TensorFlow {tf.__version__}",
        metadata,
        [
            lambda samples, _: ask("serving_default", samples=samples),
            of_views(lambda views: ask("view", views=views)),
        ],
    )


def from_texts(texts, size):
    return {
        "sample": json.loads(texts["sample"]),
        "input": json.loads(texts[size]),
        "views": json.loads(texts["views"]),
    }


def of_views(network):
    """The mean of what a network says of the parts of samples that the metadata name."""

    def predict(samples, metadata):
        height, width = (metadata["input"] + [0])[:2]

        def look(row, column, mirrored):
            if samples.ndim != 4:
                return network(samples)
            cut = samples[:, row : row + height, column : column + width]
            return network(np.ascontiguousarray(cut[:, :, ::-1] if mirrored else cut))

        return np.mean([look(**view) for view in metadata["views"]], axis=0)

    return predict


def compute(layers, weights, views):
    """A network's layers in NumPy, each with the names of those whose outputs it takes."""
    outputs = {layers[0]["name"]: views}
    for layer in layers[1:]:
        inputs = [outputs[name] for name in layer["inputs"]]
        outputs[layer["name"]] = layer_output(layer, weights, *inputs)
    return outputs[layers[-1]["name"]]


def layer_output(layer, weights, x, second=None):
    name, kind = layer["name"], layer["kind"]
    if kind in ("convolution", "dense"):
        kernel = weights[f"{name}/kernel"]
        x = x @ kernel if kind == "dense" else convolve(x, kernel, layer["stride"])
        if layer["bias"]:
            x = x + weights[f"{name}/bias"]
        return ACTIVATIONS[layer.get("activation")](x)
    if kind == "batchNorm":
        gamma, beta, mean, variance = (
            weights[f"{name}/{each}"] for each in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return (x - mean) * (gamma / np.sqrt(variance + np.float32(layer["epsilon"]))) + beta
    return {
        "relu": lambda: ACTIVATIONS["relu"](x),
        "maxPool": lambda: pool(x),
        "average": lambda: x.mean((1, 2)),
        "flatten": lambda: x.reshape(len(x), -1),
        "pixel": lambda: x[:, None, None],
        "add": lambda: x + second,
        "multiply": lambda: x * second,
        "dropout": lambda: x,
    }[kind]()


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


ACTIVATIONS = {
    None: lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": softmax,
}


def convolve(x, kernel, stride):
    """A cross-correlation with TensorFlow's "same" padding: an odd pixel goes below and right."""
    size = len(kernel)

    def around(side):
        pixels = max(0, (-(-side // stride) - 1) * stride + size - side)
        return pixels // 2, pixels - pixels // 2

    padded = np.pad(x, [(0, 0), around(x.shape[1]), around(x.shape[2]), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (1, 2))
    return np.tensordot(windows[:, ::stride, ::stride], kernel, [(4, 5, 3), (0, 1, 2)])


def pool(x):
    """The largest of each 2x2 pixels; an odd last row or column is dropped."""
    count, height, width, channels = x.shape
    x = x[:, : height // 2 * 2, : width // 2 * 2]
    return x.reshape(count, height // 2, 2, width // 2, 2, channels).max((2, 4))


OPEN = {"onnx": onnx, "safetensors": safetensors, "keras": keras, "savedmodel": savedmodel}


def check(job, name):
    try:
        opened_by, metadata, ways = OPEN[name](job["folder"])
        sample = metadata["sample"]
        values = np.fromfile(job["samples"], np.float32).reshape(-1, *sample["shape"])
        values /= np.float32(sample["divisor"])
        batches = [values[i : i + BATCH] for i in range(0, len(values), BATCH)]
        ways = [np.concatenate([predict(batch, metadata) for batch in batches]) for predict in ways]
        if not np.isfinite(ways).all():
            raise ValueError("it predicts what is no number")
        probabilities = [way.tolist() for way in ways]
        return {"format": name, "openedBy": opened_by, "probabilities": probabilities}
    except Exception as error:
        # Whatever a runtime has against a file is what is to be found out.
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return {"format": name, "trouble": lines[0]}


for job in json.load(sys.stdin):
    for name in job["formats"]:
        print(json.dumps(check(job, name)), flush=True)
