/**
 * Learns to read handwritten digits: a complete little neural network in plain JavaScript, nothing to install.
 *
 * What it shows: a training run that Trainyard can queue, watch, stop and resume. The network (64 pixels → 64 hidden units → 10
 * digits) gets about 97 of 100 digits right that it has never seen. Try it:
 *
 *     node digits.mjs                         about 40 seconds, most of them spent waiting (see --pace-ms)
 *     node digits.mjs --pace-ms 0             as fast as the machine can
 *     Ctrl-C, then the same command again     goes on where it was stopped
 *     node digits.mjs --help                  all options
 *
 * How stopping and resuming work is in lib/loop.mjs; here is only what is learned. The data and its licence: data/README.md.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { runTrainer } from './lib/loop.mjs';
import { fillWeights, mixSeed, seededRandom, shuffled, slices, softmaxLoss } from './lib/maths.mjs';
import { Refusal } from './lib/options.mjs';

const PIXELS = 64;
const HIDDEN = 64;
const DIGITS = 10;
const MAX_INK = 16;

await runTrainer({
  name: 'digits',
  about: 'Learns to read 8×8 pictures of handwritten digits.',
  defaults: { epochs: 40, lr: 0.01, batch: 32, seed: 1, 'pace-ms': 22 },
  prepare: makeDigitsModel,
});

function makeDigitsModel({ seed, batch }) {
  const { training, testing } = loadDigits(new URL('data/digits.csv.gz', import.meta.url));
  const sizes = { w1: PIXELS * HIDDEN, b1: HIDDEN, w2: HIDDEN * DIGITS, b2: DIGITS };
  const size = Object.values(sizes).reduce((sum, n) => sum + n);
  const weights = new Float32Array(size);
  const gradient = new Float32Array(size);
  const net = slices(weights, sizes);
  const grad = slices(gradient, sizes);
  const random = seededRandom(seed);
  fillWeights(net.w1, PIXELS, random);
  fillWeights(net.w2, HIDDEN, random);

  const hidden = new Float32Array(HIDDEN);
  const output = new Float32Array(DIGITS);

  /** Shows one image to the network. Leaves the probabilities in `output` and returns the most probable digit. */
  function guess({ pixels }) {
    hidden.set(net.b1);
    for (let p = 0; p < PIXELS; p++) {
      const ink = pixels[p];
      if (ink === 0) continue;
      for (let h = 0; h < HIDDEN; h++) hidden[h] += ink * net.w1[p * HIDDEN + h];
    }
    output.set(net.b2);
    for (let h = 0; h < HIDDEN; h++) {
      if (hidden[h] < 0) hidden[h] = 0;
      for (let d = 0; d < DIGITS; d++) output[d] += hidden[h] * net.w2[h * DIGITS + d];
    }
    return output.indexOf(Math.max(...output));
  }

  /** Adds one image's share to the gradient (backpropagation), after `guess` and `softmaxLoss`. */
  function blame({ pixels, digit }, share) {
    for (let d = 0; d < DIGITS; d++) {
      output[d] = (output[d] - (d === digit ? 1 : 0)) * share;
      grad.b2[d] += output[d];
    }
    for (let h = 0; h < HIDDEN; h++) {
      if (hidden[h] === 0) continue;
      let fault = 0;
      for (let d = 0; d < DIGITS; d++) {
        grad.w2[h * DIGITS + d] += hidden[h] * output[d];
        fault += net.w2[h * DIGITS + d] * output[d];
      }
      grad.b1[h] += fault;
      for (let p = 0; p < PIXELS; p++) grad.w1[p * HIDDEN + h] += pixels[p] * fault;
    }
  }

  let order = { epoch: -1, images: null };

  return {
    sentence: `${training.length} digits to learn from, ${testing.length} for testing, ${size} weights`,
    stepsPerEpoch: Math.ceil(training.length / batch),
    weights,
    gradient,
    learn(epoch, index) {
      if (order.epoch !== epoch) {
        order = { epoch, images: shuffled(training.length, seededRandom(mixSeed(seed, epoch))) };
      }
      const chosen = order.images.subarray(index * batch, (index + 1) * batch);
      gradient.fill(0);
      let loss = 0;
      let right = 0;
      for (const i of chosen) {
        if (guess(training[i]) === training[i].digit) right += 1;
        loss += softmaxLoss(output, training[i].digit);
        blame(training[i], 1 / chosen.length);
      }
      return { loss: loss / chosen.length, score: right / chosen.length };
    },
    scoreName: 'acc',
    test() {
      const right = testing.filter((image) => guess(image) === image.digit).length;
      return `test_acc ${(right / testing.length).toFixed(4)}`;
    },
  };
}

/** Every fifth image is for testing; the split is the same whatever the seed, so that results can be compared. */
function loadDigits(url) {
  const images = readLines(url).map((line) => {
    const values = line.split(',').map(Number);
    return { pixels: Float32Array.from(values.slice(0, PIXELS), (ink) => ink / MAX_INK), digit: values[PIXELS] };
  });
  if (images.length === 0 || images.some(({ digit }) => !Number.isInteger(digit))) {
    throw new Refusal(`the data file ${url.pathname} is damaged: install the samples again`);
  }
  return {
    training: images.filter((_, i) => i % 5 !== 4),
    testing: images.filter((_, i) => i % 5 === 4),
  };
}

function readLines(url) {
  try {
    return gunzipSync(readFileSync(url)).toString('ascii').trim().split('\n');
  } catch (error) {
    throw new Refusal(`cannot read the data file ${url.pathname}: ${error.message}`);
  }
}
