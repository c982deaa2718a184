/** The little mathematics that both JavaScript samples share. */

/** Random numbers in [0, 1) that depend only on the seed (the generator mulberry32). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * One seed out of two. A generator made anew for each epoch needs no state in the checkpoint: the resumed training finds the same
 * numbers from the seed and the epoch alone.
 */
export function mixSeed(seed, other) {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(other + 1, 0xc2b2ae35)) >>> 0;
}

/** The numbers 0…count-1 in random order (Fisher-Yates). */
export function shuffled(count, random) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Fills weights the way that keeps the signal's size from layer to layer (He et al. 2015). */
export function fillWeights(weights, inputs, random) {
  const scale = Math.sqrt(6 / inputs);
  for (let i = 0; i < weights.length; i++) weights[i] = (random() * 2 - 1) * scale;
}

/**
 * Turns scores into probabilities in place.
 *
 * @returns {number} the cross-entropy loss against the right class
 */
export function softmaxLoss(scores, right) {
  let max = -Infinity;
  for (let i = 0; i < scores.length; i++) max = Math.max(max, scores[i]);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i] - max);
    sum += scores[i];
  }
  for (let i = 0; i < scores.length; i++) scores[i] /= sum;
  return -Math.log(Math.max(scores[right], 1e-30));
}

/** The optimiser Adam (Kingma & Ba 2015) over one flat list of weights. */
export class Adam {
  /** @param {number} size how many weights */
  constructor(size) {
    this.mean = new Float32Array(size);
    this.square = new Float32Array(size);
  }

  /** Moves the weights one step against the gradient. `step` counts from 1. */
  update(weights, gradient, rate, step) {
    const meanBias = 1 - 0.9 ** step;
    const squareBias = 1 - 0.999 ** step;
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i];
      this.mean[i] = 0.9 * this.mean[i] + 0.1 * g;
      this.square[i] = 0.999 * this.square[i] + 0.001 * g * g;
      weights[i] -= (rate * (this.mean[i] / meanBias)) / (Math.sqrt(this.square[i] / squareBias) + 1e-8);
    }
  }
}

/** A few named pieces of one flat list: the network sees matrices, optimiser and checkpoint see one array. */
export function slices(flat, sizes) {
  const pieces = {};
  let at = 0;
  for (const [name, size] of Object.entries(sizes)) {
    pieces[name] = flat.subarray(at, at + size);
    at += size;
  }
  return pieces;
}
