"""A network's safetensors export as a Keras model and as a TensorFlow SavedModel.

    python keras_model.py < jobs

`jobs` is a JSON list of {"weights", "layers", "metadata", "notes", "keras", "savedmodel"}: a safetensors
file, the list of layers and the metadata that such an export has, texts to put beside the model by their
names, and where it goes; either of the last two may be left out. Batch normalisation and dropout stay
layers, so that what is written can be trained on.
"""

import json
import os
import sys
import tempfile
import zipfile

import keras
import tensorflow as tf
from safetensors.numpy import load_file

# Weights of each kind of layer, in Keras's order.
WEIGHTS = {
    "convolution": ["kernel", "bias"],
    "dense": ["kernel", "bias"],
    "batchNorm": ["gamma", "beta", "moving_mean", "moving_variance"],
}

# What a ZIP archive has for no date.
NO_DATE = (1980, 1, 1, 0, 0, 0)


def keras_layer(layer):
    name, kind = layer["name"], layer["kind"]
    if kind == "convolution":
        return keras.layers.Conv2D(
            layer["filters"],
            layer["size"],
            strides=layer["stride"],
            padding="same",
            use_bias=layer["bias"],
            activation=layer.get("activation"),
            name=name,
        )
    if kind == "dense":
        return keras.layers.Dense(
            layer["units"], use_bias=layer["bias"], activation=layer.get("activation"), name=name
        )
    if kind == "batchNorm":
        return keras.layers.BatchNormalization(
            momentum=layer["momentum"], epsilon=layer["epsilon"], name=name
        )
    if kind == "dropout":
        return keras.layers.Dropout(layer["rate"], name=name)
    return {
        "relu": lambda: keras.layers.ReLU(name=name),
        "maxPool": lambda: keras.layers.MaxPooling2D(2, name=name),
        "average": lambda: keras.layers.GlobalAveragePooling2D(name=name),
        "flatten": lambda: keras.layers.Flatten(name=name),
        "pixel": lambda: keras.layers.Reshape(layer["shape"], name=name),
        "add": lambda: keras.layers.Add(name=name),
        "multiply": lambda: keras.layers.Multiply(name=name),
    }[kind]()


def build(layers, weights):
    """The functional model of a list of layers, each with the names of those it takes."""
    source, *rest = layers
    outputs = {source["name"]: keras.Input(source["shape"], name=source["name"])}
    for layer in rest:
        inputs = [outputs[name] for name in layer["inputs"]]
        outputs[layer["name"]] = keras_layer(layer)(inputs[0] if len(inputs) == 1 else inputs)
    model = keras.Model(outputs[source["name"]], outputs[rest[-1]["name"]], name="network")
    for layer in rest:
        names = [f"{layer['name']}/{each}" for each in WEIGHTS.get(layer["kind"], [])]
        if names:
            values = [weights[name] for name in names if name in weights]
            model.get_layer(layer["name"]).set_weights(values)
    return model


def write_keras(model, path, notes):
    """Writes the archive with further entries, which Keras leaves alone, and without dates."""
    with tempfile.TemporaryDirectory() as folder:
        saved = os.path.join(folder, "model.keras")
        model.save(saved)
        with zipfile.ZipFile(saved) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(entries["metadata.json"])
    about.pop("date_saved", None)
    entries["metadata.json"] = json.dumps(about).encode()
    entries |= {name: text.encode() for name, text in notes.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, NO_DATE), content)


def write_savedmodel(model, folder, notes, metadata):
    """Writes the folder; by default it takes whole samples and gives the mean over their views."""
    sample, size = metadata["sample"]["shape"], metadata["input"]

    def serve(samples):
        predictions = []
        for view in metadata["views"]:
            row, column = view["row"], view["column"]
            cut = samples
            if len(sample) == 3:
                cut = samples[:, row : row + size[0], column : column + size[1], :]
            predictions.append(model(cut[:, :, ::-1, :] if view["mirrored"] else cut, training=False))
        return {"probabilities": tf.reduce_mean(tf.stack(predictions), axis=0)}

    def view(views):
        return {"probabilities": model(views, training=False)}

    archive = keras.export.ExportArchive()
    archive.track(model)
    samples = tf.TensorSpec([None, *sample], tf.float32, name="samples")
    views = tf.TensorSpec([None, *size], tf.float32, name="views")
    archive.add_endpoint("serve", serve, input_signature=[samples])
    archive.add_endpoint("view", view, input_signature=[views])
    archive.write_out(folder, verbose=False)
    # Where the format has what others add beside a model.
    extra = os.path.join(folder, "assets.extra")
    os.makedirs(extra, exist_ok=True)
    for name, text in notes.items():
        with open(os.path.join(extra, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)


def write(job):
    model = build(job["layers"], load_file(job["weights"]))
    if "keras" in job:
        write_keras(model, job["keras"], job["notes"])
    if "savedmodel" in job:
        write_savedmodel(model, job["savedmodel"], job["notes"], job["metadata"])
    keras.backend.clear_session()


for job in json.load(sys.stdin):
    write(job)
