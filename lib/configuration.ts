/**
 * Every hyper-parameter of a run, flat, each with its name on the command line (`--set name=value`),
 * in the record and in the reports.
 *
 * @module
 */

/** The hyper-parameters of one run. The seed is not among them: a configuration is run with many. */
export interface Configuration {
  /** Passes over Training. */
  readonly epochs: number;
  /** Images per step. */
  readonly batchSize: number;
  /** Filters of each block of 3x3 convolutions, or of each stage of blocks, in order. */
  readonly filters: readonly number[];
  /** Units of the dense layer before the output layer. */
  readonly denseUnits: number;
  /**
   * Batch normalisation (Ioffe and Szegedy 2015): after each convolution, or after `all` layers but the
   * output layer, the dense one too.
   */
  readonly batchNorm: boolean | "all";
  /** Share dropped after each block's pooling; 0 is no such layer (Srivastava et al. 2014). */
  readonly convDropout: number;
  /** Share dropped before the output layer; 0 is no such layer. */
  readonly denseDropout: number;
  /** The optimizer. */
  readonly optimizer: "adam" | "sgd";
  /** The rate the schedule starts from. */
  readonly learningRate: number;
  /** The learning-rate schedule as a call, such as `plateau(0.5, 3)`. */
  readonly schedule: string;
  /** Adam's decay of the first moment (Kingma and Ba 2015). */
  readonly beta1: number;
  /** Adam's decay of the second moment. */
  readonly beta2: number;
  /** Adam's constant against division by zero. */
  readonly epsilon: number;
  /** Nesterov momentum of SGD. */
  readonly momentum: number;
  /** Decoupled weight decay of kernels, times the learning rate (Loshchilov and Hutter 2019). */
  readonly weightDecay: number;
  /** Largest global norm of the gradient; 0 does not clip (Pascanu et al. 2013). */
  readonly clipNorm: number;
  /** Share of the target spread evenly over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing: number;
  /** `balanced` weighs each class's loss by images / (classes x images of the class). */
  readonly classWeights: "none" | "balanced";
  /** Classes of Training increased with augmented copies; empty for none. */
  readonly balanceClasses: readonly string[];
  /** Size those classes are brought to, as a multiple of the mean class size of Training. */
  readonly balanceTo: number;
  /** The operations that make the copies. */
  readonly balanceWith: string;
  /** Operations drawn anew for every image at every step; `none` for none. */
  readonly augment: string;
  /** Leave out Training images whose pixels are also in PublicTest or PrivateTest. */
  readonly dedupe: boolean;
  /** Average the prediction over the image and its mirror image. */
  readonly mirrorPrediction: boolean;
  /**
   * The network as a call, such as `vgg(2)`, `resnet(1)` or `mlp(2)`; `filters` and what else shapes it
   * are above and below.
   */
  readonly network: string;
  /**
   * What stands between the last block and the output layer: the `dense` layer on all its numbers, or
   * their `average` over the image (global average pooling, Lin et al. 2014).
   */
  readonly head: "dense" | "average";
  /** How blocks halve the image: `pooled` by 2x2 max-pooling, or `strided` by a convolution. */
  readonly downsampling: "pooled" | "strided";
  /**
   * Squeeze-and-excitation after each block's convolutions (Hu et al. 2018): the reduction ratio, that
   * is how many times fewer units than channels its narrow layer has; 0 is no such layer.
   */
  readonly squeezeExcitation: number;
  /**
   * How kernels start: as Glorot and Bengio 2010 say, or He et al. 2015 for layers with ReLU, or with
   * Zagoruyko and Komodakis 2017 near the identity where a convolution keeps its number of channels.
   */
  readonly initializer: "glorot-uniform" | "he-normal" | "dirac";
  /**
   * What training steps multiply in: `bfloat16` is mixed precision (Micikevicius et al. 2018, Kalamkar
   * et al. 2019). Weights, optimizer state, normalisation statistics, softmax, loss and every
   * prediction are float32 either way.
   */
  readonly precision: "float32" | "bfloat16";
  /**
   * Epochs without a better validation accuracy after which training stops; 0 never (Prechelt 1998). As
   * Keras's EarlyStopping with the best weights restored. Schedules keep the length of `epochs`.
   */
  readonly patience: number;
  /**
   * What a step keeps of the exponential moving average of the weights, such as 0.999; 0 for no average
   * (Polyak and Juditsky 1992; Keras's `ema_momentum`). After each epoch the weights and their average are
   * both scored on PublicTest, and the better are the epoch's.
   */
  readonly ema: number;
  /**
   * Where networks take crops, what is predicted by: the `center` of the image, or the mean over `five`
   * crops, the centre and the corners (Krizhevsky et al. 2012); each of them mirrored as well with
   * `mirrorPrediction`.
   */
  readonly cropPrediction: "center" | "five";
  /**
   * Mixup (Zhang et al. 2018): a step trains on weighted means of two samples, towards both labels, their
   * weights from the Beta distribution with both parameters this; 0 for none.
   */
  readonly mixup: number;
  /** What the network gets of samples that have modalities, such as `voice,face`; empty for all. */
  readonly modalities: readonly string[];
  /**
   * What it gets of votes: their `values`, their `shares`, or `logShares`, the logarithms of the shares
   * with one vote more for each class (Laplace), less their mean. Probabilities are shares, and not less
   * than a millionth. A modality without any is all 0.
   */
  readonly votesAs: "values" | "shares" | "logShares";
  /**
   * Chance of a modality to be missing from a Training sample at a step, never all of them (ModDrop,
   * Neverova et al. 2016).
   */
  readonly modalityDropout: number;
  /** A control: the modality that is swapped among the samples of each split; `none` for none. */
  readonly shuffleModality: string;
  /** Swaps it among the samples of one class only: it then tells of the class, and of nothing else. */
  readonly shuffleWithinClass: boolean;
  /**
   * A synthetic physiological channel beside the samples' modalities: the bits that it tells of the class,
   * 0 for one that tells nothing; `none` for no channel.
   */
  readonly syntheticBits: number | "none";
  /** Sizes of single `balanceClasses` in place of `balanceTo`, such as `disgust:1.0972`. */
  readonly balanceEach: readonly string[];
  /**
   * The splits that the data set is given with, or Training split anew: `before-copies(0.1, 0.1)` holds out
   * a random tenth to be reported on and a tenth that the epoch may be chosen on, and makes copies of the
   * rest; `after-copies(0.1, 0.1)` makes copies first. PrivateTest is scored either way.
   */
  readonly split: string;
  /** Where Training is split anew, what the epoch is chosen on. */
  readonly selectOn: "validation" | "held-out";
  /** Where Training is split anew, images with equal pixels are all in one part. */
  readonly groupDuplicates: boolean;
}

/**
 * The hyper-parameters of the first version, in the order in which every digest and record since then
 * has them. Never changed: with one more or in another order, no run made before would be known again.
 */
export const FIRST_VERSION_PARAMETERS = [
  "epochs",
  "batchSize",
  "filters",
  "denseUnits",
  "batchNorm",
  "convDropout",
  "denseDropout",
  "optimizer",
  "learningRate",
  "schedule",
  "beta1",
  "beta2",
  "epsilon",
  "momentum",
  "weightDecay",
  "clipNorm",
  "labelSmoothing",
  "classWeights",
  "balanceClasses",
  "balanceTo",
  "balanceWith",
  "augment",
  "dedupe",
  "mirrorPrediction",
] as const satisfies readonly (keyof Configuration)[];

type FirstVersionParameter = typeof FIRST_VERSION_PARAMETERS[number];
type LaterParameter = Exclude<keyof Configuration, FirstVersionParameter>;

/**
 * The hyper-parameters that came later, each with the value that says what was done before it came.
 * With that value it is left out of digests and records ({@linkcode recordedConfiguration}), so a new
 * one is added here and in `PARAMETER_TEXTS`, the published schema is made anew, and nothing made before
 * changes. A value never changes once runs have been recorded.
 */
export const LATER_PARAMETERS: Readonly<Pick<Configuration, LaterParameter>> = {
  network: "chain",
  head: "dense",
  downsampling: "pooled",
  squeezeExcitation: 0,
  initializer: "glorot-uniform",
  precision: "float32",
  patience: 0,
  ema: 0,
  cropPrediction: "center",
  mixup: 0,
  modalities: [],
  votesAs: "values",
  modalityDropout: 0,
  shuffleModality: "none",
  shuffleWithinClass: false,
  syntheticBits: "none",
  balanceEach: [],
  split: "given",
  selectOn: "validation",
  groupDuplicates: false,
};

/** A configuration as digests and records have it: a later hyper-parameter only where it says more. */
export type RecordedConfiguration =
  & Pick<Configuration, FirstVersionParameter>
  & Partial<Pick<Configuration, LaterParameter>>;

/** The original report's protocol: 71 epochs, batch 64, Adam, a plateau schedule, balanced copies. */
export const BASELINE: Configuration = {
  epochs: 71,
  batchSize: 64,
  filters: [32, 64, 128],
  denseUnits: 128,
  batchNorm: false,
  convDropout: 0,
  denseDropout: 0,
  optimizer: "adam",
  learningRate: 0.001,
  schedule: "plateau(0.5, 5, 0.0001)",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  momentum: 0.9,
  weightDecay: 0,
  clipNorm: 0,
  labelSmoothing: 0,
  classWeights: "none",
  balanceClasses: ["disgust", "surprise"],
  balanceTo: 1,
  balanceWith: "flip(0.5)|rotate(10, 1)|zoom(0.1, 1)",
  augment: "none",
  dedupe: false,
  mirrorPrediction: false,
  ...LATER_PARAMETERS,
};

/** The names of all hyper-parameters in the order of the reports: the first, then the later by name. */
export const PARAMETERS: readonly (keyof Configuration)[] = [
  ...FIRST_VERSION_PARAMETERS,
  ...(Object.keys(LATER_PARAMETERS) as LaterParameter[]).sort(),
];

/**
 * A configuration as digests and records have it: the hyper-parameters of the first version in their
 * order, then by name those later ones that have another value than what was done before them.
 *
 * @param configuration Of a run or of its record.
 * @param later The later hyper-parameters with the values that are left out.
 */
export function recordedConfiguration(
  configuration: RecordedConfiguration,
  later: Readonly<Record<string, unknown>> = LATER_PARAMETERS,
): RecordedConfiguration {
  const values: Readonly<Record<string, unknown>> = { ...configuration };
  const said = Object.keys(later).sort().filter((name) =>
    values[name] !== undefined && !isSame(values[name], later[name])
  );
  return Object.fromEntries(
    [...FIRST_VERSION_PARAMETERS, ...said].map((name) => [name, values[name]]),
  ) as unknown as RecordedConfiguration;
}

/** All hyper-parameters of a recorded configuration: what it leaves out has the value of old. */
export function wholeConfiguration(recorded: RecordedConfiguration): Configuration {
  return { ...LATER_PARAMETERS, ...recorded };
}

/**
 * The hyper-parameters to show of recorded configurations, in the order of the reports: a later one
 * only where one of them has it.
 */
export function parametersOf(
  recorded: readonly RecordedConfiguration[],
): (keyof Configuration)[] {
  const said = new Set(recorded.flatMap((each) => Object.keys(recordedConfiguration(each))));
  return PARAMETERS.filter((name) => said.has(name));
}

/**
 * What two configurations differ in.
 *
 * @returns For each differing parameter its name and both values, in the order of the reports.
 */
export function differences(
  a: RecordedConfiguration,
  b: RecordedConfiguration,
): { name: keyof Configuration; a: unknown; b: unknown }[] {
  const [left, right] = [wholeConfiguration(a), wholeConfiguration(b)];
  return PARAMETERS
    .filter((name) => !isSame(left[name], right[name]))
    .map((name) => ({ name, a: left[name], b: right[name] }));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A value as it is written after `--set name=`. */
export function formatValue(
  value: number | boolean | string | readonly (number | string)[],
): string {
  if (typeof value !== "object") return String(value);
  return value.length === 0 ? "none" : value.join(",");
}
