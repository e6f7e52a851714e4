"""Keras on TensorFlow, the peer: the same networks (lib/model/families.ts), batch and Adam.

Started by `deno task bench --peers`; see benchmarks/README.md for what was chosen and why.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np
import tensorflow as tf
from tensorflow import keras

from peer import python, serve, threads

tf.config.threading.set_intra_op_parallelism_threads(threads())
tf.config.threading.set_inter_op_parallelism_threads(threads())
L = keras.layers
IMAGES = 1280
# The name of this side, which says how `fit` is called: as usual, or as fast as it gets.
TUNED = sys.argv[1:] == ["tuned"]
STEPS_PER_EXECUTION = 20


def normalised(x, filters, size=3, **settings):
    """A convolution without ReLU, batch normalisation in place of its bias."""
    convolution = L.Conv2D(
        filters, size, padding="same", use_bias=False, kernel_initializer="he_normal"
    )
    return L.BatchNormalization(momentum=0.9, **settings)(convolution(x))


def build_residual(case):
    """network=resnet(1, 2, 32) with pooled down-sampling and an average head."""
    images = keras.Input((48, 48, 1))
    x = L.ReLU()(normalised(images, 32))
    for filters in case["filters"]:
        x = L.MaxPool2D()(x)
        y = normalised(L.ReLU()(normalised(x, filters)), filters, gamma_initializer="zeros")
        scale = L.Dense(filters // case["squeezeExcitation"], "relu")(L.GlobalAveragePooling2D()(y))
        scale = L.Reshape((1, 1, filters))(L.Dense(filters, "sigmoid")(scale))
        y = L.Multiply()([y, scale])
        x = L.ReLU()(L.Add()([y, normalised(x, filters, 1)]))
    x = L.Dropout(case["denseDropout"])(L.GlobalAveragePooling2D()(x))
    return keras.Model(images, L.Dense(7, activation="softmax", dtype="float32")(x))


def build(case):
    """The network of a case: {network, filters, denseUnits, batchNorm, convDropout, ...}."""
    keras.utils.set_random_seed(1)
    if case["network"] != "chain":
        return build_residual(case)
    layers = [keras.Input((48, 48, 1))]
    if case["augment"] != "none":
        # flip|rotate(10)|zoom(0.1)|shift(0.1); as layers of the model they run in its graph.
        layers += [
            L.RandomFlip("horizontal", seed=1),
            L.RandomRotation(10 / 360, fill_mode="nearest", seed=2),
            L.RandomZoom(0.1, fill_mode="nearest", seed=3),
            L.RandomTranslation(0.1, 0.1, fill_mode="nearest", seed=4),
        ]
    for filters in case["filters"]:
        if case["batchNorm"]:
            layers += [
                L.Conv2D(filters, 3, padding="same", use_bias=False),
                L.BatchNormalization(),
                L.Activation("relu"),
            ]
        else:
            layers += [L.Conv2D(filters, 3, padding="same", activation="relu")]
        layers += [L.MaxPool2D()]
        if case["convDropout"]:
            layers += [L.Dropout(case["convDropout"])]
    layers += [L.Flatten(), L.Dense(case["denseUnits"], activation="relu")]
    if case["denseDropout"]:
        layers += [L.Dropout(case["denseDropout"])]
    # In mixed precision, too, the softmax is float32, as Keras's guide has it.
    return keras.Sequential([*layers, L.Dense(7, activation="softmax", dtype="float32")])


def prepare(case, mixed):
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if mixed else "float32")
    model = build(case)
    batch = case["batchSize"]
    images = np.random.default_rng(1).random((IMAGES, 48, 48, 1), dtype=np.float32)
    labels = np.random.default_rng(2).integers(0, 7, IMAGES)
    if case["kind"] == "predict":
        def run(steps):
            for i in range(steps):
                start = i * batch % IMAGES
                model.predict_on_batch(images[start:start + batch])
    else:
        model.compile(
            keras.optimizers.Adam(1e-3),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=False,
            # As many steps as a round has without returning to Python.
            steps_per_execution=STEPS_PER_EXECUTION if TUNED else 1,
        )
        batches = tf.data.Dataset.from_tensor_slices((images, labels)).batch(batch)
        batches = batches.cache().repeat()

        def run(steps):
            if TUNED:
                model.fit(batches.take(steps).prefetch(2), epochs=1, verbose=0)
            else:
                count = steps * batch
                whole, rest = divmod(count, IMAGES)
                for images_of_call in [IMAGES] * whole + [rest] * (rest > 0):
                    model.fit(
                        images[:images_of_call],
                        labels[:images_of_call],
                        batch_size=batch,
                        epochs=1,
                        verbose=0,
                    )
    return run


serve(prepare, {"version": keras.__version__, "python": python()})
