"""Prints as JSON what TensorBoard's own reader finds in a folder of event files, for write_test.ts."""

import io
import json
import sys

from google.protobuf.json_format import MessageToDict
from PIL import Image
from tensorboard import plugin_util
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

multiplexer = EventMultiplexer(
    tensor_size_guidance={"scalars": 0, "text": 0, "histograms": 0, "images": 0}
).AddRunsFromDirectory(sys.argv[1])
multiplexer.Reload()
runs = {}
for run, found in multiplexer.Runs().items():
    scalars, texts, hparams, histograms, images = {}, {}, {}, {}, {}
    for tag in found["tensors"]:
        plugin = multiplexer.SummaryMetadata(run, tag).plugin_data
        events = multiplexer.Tensors(run, tag)
        if plugin.plugin_name == "scalars":
            scalars[tag] = [
                [event.step, float(tensor_util.make_ndarray(event.tensor_proto))] for event in events
            ]
        elif plugin.plugin_name == "text":
            markdown = tensor_util.make_ndarray(events[0].tensor_proto).item().decode()
            texts[tag] = plugin_util.markdown_to_safe_html(markdown)
        elif plugin.plugin_name == "images":
            width, height, png = tensor_util.make_ndarray(events[0].tensor_proto)
            decoded = Image.open(io.BytesIO(png))
            decoded.load()
            images[tag] = {
                "step": events[0].step,
                "said": [int(width), int(height)],
                "size": decoded.size,
            }
        elif plugin.plugin_name == "histograms":
            histograms[tag] = [
                [event.step, tensor_util.make_ndarray(event.tensor_proto).tolist()]
                for event in events
            ]
        elif plugin.plugin_name == "hparams":
            data = plugin_data_pb2.HParamsPluginData.FromString(plugin.content)
            hparams[tag] = MessageToDict(data)
    runs[run] = {
        "scalars": scalars,
        "texts": texts,
        "hparams": hparams,
        "histograms": histograms,
        "images": images,
    }
json.dump(runs, sys.stdout)
