/**
 * A network as data: its layers with the shapes of their outputs. What is built from it, its parameters
 * and its multiply-adds are told from the same list; none of it loads TensorFlow.
 *
 * @module
 */

/** A layer of a network, what it takes and what shape comes out of it. */
export type Layer = {
  readonly name: string;
  /** Places of the layers whose outputs it takes; all come before it. */
  readonly inputs: readonly number[];
  /** Of its output for one sample: [height, width, channels] or [units]. */
  readonly shape: readonly number[];
} & LayerKind;

/** What a layer is. */
export type LayerKind =
  | { readonly kind: "input" }
  /** With "same" padding. */
  | {
    readonly kind: "convolution";
    readonly filters: number;
    /** Height and width of the kernel. */
    readonly size: number;
    /** Steps between two outputs, in both directions. */
    readonly stride: number;
    readonly bias: boolean;
    readonly activation?: "relu";
  }
  | {
    readonly kind: "dense";
    readonly units: number;
    readonly bias: boolean;
    readonly activation?: "relu" | "sigmoid" | "softmax";
  }
  /** `scale`: what it starts from. */
  | { readonly kind: "batchNorm"; readonly scale: 0 | 1 }
  | { readonly kind: "relu" }
  /** Windows of 2x2; an odd last row is dropped. */
  | { readonly kind: "maxPool" }
  /** Over all pixels (Lin et al. 2014). */
  | { readonly kind: "average" }
  | { readonly kind: "flatten" }
  /** A vector as an image of one pixel. */
  | { readonly kind: "pixel" }
  | { readonly kind: "add" }
  /** The second stands for all pixels where it has one. */
  | { readonly kind: "multiply" }
  | { readonly kind: "dropout"; readonly rate: number };

/**
 * How much of its moving averages batch normalisation keeps at each step: PyTorch's default. At Keras's
 * 0.99 the averages start so far from the small variances of the first layers that after an epoch of
 * FER2013 they are still wrong, and predictions with them.
 */
export const BATCH_NORM_MOMENTUM = 0.9;

/** What batch normalisation adds to variances: tfjs's and Keras's default. */
export const BATCH_NORM_EPSILON = 1e-3;

/** The layers of a network: the first is its input, the last its output. */
export type Layers = readonly Layer[];

/** Puts layers together, one after another. */
export class LayerList {
  readonly #layers: Layer[];

  /** @param shape Of one sample. */
  constructor(shape: readonly number[]) {
    this.#layers = [{ name: "input", kind: "input", inputs: [], shape }];
  }

  /** All of them so far. */
  get layers(): Layers {
    return this.#layers;
  }

  /** The place of the last. */
  get last(): number {
    return this.#layers.length - 1;
  }

  /** The shape of the output at a place. */
  shapeAt(place: number): readonly number[] {
    return this.#layers[place]!.shape;
  }

  /**
   * Adds a layer and says its place.
   *
   * @param inputs Where it takes its inputs from: the layer before it unless given.
   */
  add(name: string, kind: LayerKind, ...inputs: number[]): number {
    const from = inputs.length > 0 ? inputs : [this.last];
    const shape = outputShape(kind, this.shapeAt(from[0]!));
    this.#layers.push({ name, inputs: from, shape, ...kind });
    return this.last;
  }
}

function outputShape(layer: LayerKind, shape: readonly number[]): readonly number[] {
  const [height, width, channels] = shape as [number, number, number];
  switch (layer.kind) {
    case "convolution":
      return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.filters];
    case "maxPool":
      return [Math.floor(height / 2), Math.floor(width / 2), channels];
    case "dense":
      return [layer.units];
    case "average":
      return [channels];
    case "flatten":
      return [shape.reduce((product, side) => product * side, 1)];
    case "pixel":
      return [1, 1, ...shape];
    default:
      return shape;
  }
}

/** What a network costs. */
export interface NetworkCost {
  /** All its numbers, batch normalisation's moving averages among them, as Keras counts them. */
  readonly parameters: number;
  /** Of the convolutions and dense layers, for one sample, forwards. */
  readonly multiplyAdds: number;
}

/** Parameters and multiply-adds of a network. */
export function networkCost(layers: Layers): NetworkCost {
  const costs = layers.map((layer) => layerCost(layer, layers));
  return {
    parameters: costs.reduce((sum, { parameters }) => sum + parameters, 0),
    multiplyAdds: costs.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
  };
}

/** What one layer of a network costs. */
export function layerCost(layer: Layer, layers: Layers): NetworkCost {
  const from = layer.inputs.map((place) => layers[place]!.shape.at(-1)!)[0] ?? 0;
  if (layer.kind === "convolution") {
    const kernel = layer.size ** 2 * from * layer.filters;
    const [height, width] = layer.shape;
    return {
      parameters: kernel + (layer.bias ? layer.filters : 0),
      multiplyAdds: height! * width! * kernel,
    };
  }
  if (layer.kind === "dense") {
    const kernel = from * layer.units;
    return { parameters: kernel + (layer.bias ? layer.units : 0), multiplyAdds: kernel };
  }
  return { parameters: layer.kind === "batchNorm" ? 4 * from : 0, multiplyAdds: 0 };
}

/** A weight of a network, as safetensors and tfjs name it: `conv1/kernel`. */
export interface WeightForm {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The weights of a network in the order of its tfjs model: what is trained, then moving averages. */
export function layerWeights(layers: Layers): WeightForm[] {
  const trained = layers.flatMap((layer): WeightForm[] => {
    const { name, shape } = layer;
    const from = layer.inputs.map((place) => layers[place]!.shape.at(-1)!)[0] ?? 0;
    const last = shape.at(-1)!;
    const bias = [{ name: `${name}/bias`, shape: [last] }];
    switch (layer.kind) {
      case "convolution": {
        const { size, filters } = layer;
        const kernel = { name: `${name}/kernel`, shape: [size, size, from, filters] };
        return [kernel, ...layer.bias ? bias : []];
      }
      case "dense":
        return [{ name: `${name}/kernel`, shape: [from, last] }, ...layer.bias ? bias : []];
      case "batchNorm":
        return ["gamma", "beta"].map((each) => ({ name: `${name}/${each}`, shape: [last] }));
      default:
        return [];
    }
  });
  const averages = layers.filter(({ kind }) => kind === "batchNorm").flatMap(({ name, shape }) =>
    ["moving_mean", "moving_variance"].map((each) => ({
      name: `${name}/${each}`,
      shape: [shape.at(-1)!],
    }))
  );
  return [...trained, ...averages];
}
