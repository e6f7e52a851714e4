/**
 * What a network says of faces as a data set of its own, to which another signal can be added: a sample is
 * the network's probabilities for an image, its label the image's.
 *
 * @module
 */

import { datasetDigest } from "./builder.ts";
import { type DataForm, type Dataset, perSplit, type Split } from "./dataset.ts";
import { divideScored, type ScoredImage, type ScoredImages } from "./scored_images.ts";

/** The digest of the probabilities that come with the checkout. */
export const FACE_NETWORK_DIGEST =
  "7b33b4b1c5c8e403632537992891c5f5baec23637dc2e35d800187962239b8ac";

/** The data set of scored images; see `divideScored` for what each is used as. */
export function faceNetworkDataset({ classes, images }: ScoredImages): Dataset {
  const form: DataForm = {
    classes,
    sample: {
      ...{ shape: [classes.length], type: "float32", divisor: 1 },
      modalities: [{ name: "face", length: classes.length, type: "probabilities" }],
    },
  };
  const divided = divideScored(images);
  const splits = perSplit((name) => splitOf(divided[name]));
  return {
    name: "face-network",
    synthetic: false,
    ...form,
    description:
      "What a network says of images of FER2013: Training is four fifths of the images of FER2013's " +
      "PublicTest, on which the network was not trained, PublicTest the last fifth, PrivateTest FER2013's",
    split: "own",
    digest: datasetDigest(splits, form),
    splits,
    skipped: [],
  };
}

function splitOf(images: readonly ScoredImage[]): Split {
  return {
    samples: Float32Array.from(images.flatMap(({ probabilities }) => probabilities)),
    labels: Uint8Array.from(images, ({ label }) => label),
    ids: images.map(({ image }) => image),
    length: images.length,
  };
}
