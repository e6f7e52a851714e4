"""What an export to ONNX predicts, by onnxruntime and what the file says of itself alone.

Usage: _onnx_predictions.py MODEL SAMPLES, where SAMPLES holds uint8 of [n, *sample]; prints [n, classes] as JSON.
"""

import json
import sys

import numpy as np
import onnxruntime

model, samples = sys.argv[1:]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
sample, size, views = (json.loads(metadata[name]) for name in ("sample", "input", "views"))
values = np.fromfile(samples, np.uint8).reshape(-1, *sample["shape"]).astype(np.float32)
values /= np.float32(sample["divisor"])


def predict(row, column, mirrored):
    cut = values[:, row : row + size[0], column : column + size[1]]
    channels_first = (cut[:, :, ::-1] if mirrored else cut).transpose(0, 3, 1, 2)
    return session.run(None, {"input": np.ascontiguousarray(channels_first)})[0]


print(json.dumps(np.mean([predict(**view) for view in views], axis=0).tolist()))
