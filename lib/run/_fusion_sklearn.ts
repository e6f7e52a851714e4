/**
 * What scikit-learn makes of CREMA-D's votes on the folds of `exp:fusion`, and NumPy of pools of votes.
 *
 * Made with scikit-learn 1.9.1 and NumPy 2.4.6, in the root of the checkout, the folds below in place of
 * FOLDS:
 *
 * ```python
 * import csv
 * import numpy as np
 * from sklearn.linear_model import LogisticRegression
 *
 * EMOTIONS = ["ANG", "DIS", "FEA", "HAP", "SAD", "NEU"]
 * rows = list(csv.reader(open("data/crema-d/votes.csv")))[1:]
 * y = np.array([EMOTIONS.index(row[0].split("_")[2]) for row in rows])
 * votes = np.array([row[1:] for row in rows], float).reshape(-1, 3, 6)
 * shares = votes / votes.sum(2, keepdims=True)
 * fold = np.array([int(FOLDS[int(row[0][:4]) - 1001]) for row in rows])
 * accuracy = lambda scores: round(100 * (scores.argmax(1) == y).mean(), 2)
 *
 * for name, of in {"voice": [0], "face": [1], "late": [0, 1], "raters": [2]}.items():
 *     x = shares[:, of].reshape(len(y), -1)
 *     found = np.zeros((len(y), 6))
 *     for test in range(5):
 *         fit = (fold != test) & (fold != (test + 1) % 5)
 *         model = LogisticRegression(C=1000, max_iter=5000).fit(x[fit], y[fit])
 *         found[fold == test] = model.predict_proba(x[fold == test])
 *     print(name, accuracy(found))
 *
 * voice, face = votes[:, 0], votes[:, 1]
 * print("mean", accuracy(shares[:, 0] + shares[:, 1]))
 * for more in (0.01, 0.1, 0.5, 1, 2):
 *     log = [np.log(each + more) for each in (voice, face)]
 *     best = max(accuracy(w * log[0] + (1 - w) * log[1]) for w in np.linspace(0, 1, 41))
 *     print("product", more, accuracy(log[0] + log[1]), best)
 * habit = [np.log(votes[:, m] + 0.01) - np.log(shares[:, m].mean(0)) for m in (0, 1)]
 * print("without habits", accuracy(habit[0] + habit[1]))
 * ```
 *
 * @module
 */

/** The number of the fold of each actor, 1001 to 1091. */
export const FOLDS =
  "3122432103030120213412004332121404402010311214312004344221114031401303442024402323003441233";

/** Accuracy in % of softmax regressions on shares of votes, by the variants of `exp:fusion`. */
export const SKLEARN_FUSION = { voice: 56.75, face: 72.55, late: 77.49, raters: 78.9 } as const;

/** Accuracy in % of the most probable class of the mean of voice's and face's shares. */
export const NUMPY_MEAN = 65.82;

/** Votes added for each class; accuracy in % of the product, and with the best of 41 weights. */
export const NUMPY_PRODUCTS: readonly (readonly [number, number, number])[] = [
  [0.01, 64.71, 69.43],
  [0.1, 64.71, 69.43],
  [0.5, 65.26, 69.54],
  [1, 65.9, 69.52],
  [2, 66.04, 69.54],
];

/** The same of the product of votes divided by the mean share that their raters give the class. */
export const NUMPY_WITHOUT_HABITS = 70.46;
