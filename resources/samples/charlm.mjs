/**
 * Learns to write English like Isaac Newton, character by character: a small language model in plain JavaScript.
 *
 * What it shows: a longer run with a loss that keeps falling, and something to read at the end. The network sees the last 16
 * characters and guesses the next one (each character → 12 learned numbers, 16 × 12 → 96 hidden units → 71 characters), as in
 * Bengio et al. 2003. It starts at about 6 bits per character, as good as throwing dice, and ends near 2.3.
 *
 *     node charlm.mjs                         about two minutes, most of them spent waiting (see --pace-ms)
 *     node charlm.mjs --pace-ms 0             as fast as the machine can
 *     Ctrl-C, then the same command again     goes on where it was stopped
 *     node charlm.mjs --help                  all options
 *
 * How stopping and resuming work is in lib/loop.mjs; here is only what is learned. The text and its licence: data/README.md.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { runTrainer } from './lib/loop.mjs';
import { fillWeights, mixSeed, seededRandom, slices, softmaxLoss } from './lib/maths.mjs';
import { Refusal } from './lib/options.mjs';

const CONTEXT = 16;
const EMBEDDING = 12;
const HIDDEN = 96;
const INPUTS = CONTEXT * EMBEDDING;
/** Going through every place of the text would take thousands of steps, so an epoch is this many batches at random places. */
const STEPS_PER_EPOCH = 200;
const TEST_PLACES = 2000;

await runTrainer({
  name: 'charlm',
  about: 'Learns to write English, character by character, from a part of Newton’s Opticks.',
  defaults: { epochs: 15, lr: 0.006, batch: 64, seed: 1, 'pace-ms': 40 },
  prepare: makeWriter,
});

function makeWriter({ seed, batch }) {
  const text = loadText(new URL('data/opticks.txt.gz', import.meta.url));
  const alphabet = [...new Set(text)].sort();
  const letters = alphabet.length;
  const codes = Uint8Array.from(text, (character) => alphabet.indexOf(character));
  const testFrom = Math.floor(codes.length * 0.9);

  const sizes = { embed: letters * EMBEDDING, w1: INPUTS * HIDDEN, b1: HIDDEN, w2: HIDDEN * letters, b2: letters };
  const size = Object.values(sizes).reduce((sum, n) => sum + n);
  const weights = new Float32Array(size);
  const gradient = new Float32Array(size);
  const net = slices(weights, sizes);
  const grad = slices(gradient, sizes);
  const random = seededRandom(seed);
  fillWeights(net.embed, EMBEDDING, random);
  fillWeights(net.w1, INPUTS, random);
  fillWeights(net.w2, HIDDEN * 4, random);

  const input = new Float32Array(INPUTS);
  const hidden = new Float32Array(HIDDEN);
  const output = new Float32Array(letters);
  const fault = new Float32Array(HIDDEN);

  /** Reads the CONTEXT characters before `place` and leaves the scores of the next one in `output`. */
  function guess(list, place) {
    for (let c = 0; c < CONTEXT; c++) {
      const at = list[place - CONTEXT + c] * EMBEDDING;
      for (let e = 0; e < EMBEDDING; e++) input[c * EMBEDDING + e] = net.embed[at + e];
    }
    hidden.set(net.b1);
    for (let i = 0; i < INPUTS; i++) {
      const value = input[i];
      for (let h = 0, w = i * HIDDEN; h < HIDDEN; h++, w++) hidden[h] += value * net.w1[w];
    }
    output.set(net.b2);
    for (let h = 0; h < HIDDEN; h++) {
      hidden[h] = Math.tanh(hidden[h]);
      const value = hidden[h];
      for (let l = 0, w = h * letters; l < letters; l++, w++) output[l] += value * net.w2[w];
    }
  }

  /** Adds one place's share to the gradient (backpropagation), after `guess` and `softmaxLoss`. */
  function blame(place, share) {
    output[codes[place]] -= 1;
    for (let l = 0; l < letters; l++) {
      output[l] *= share;
      grad.b2[l] += output[l];
    }
    for (let h = 0; h < HIDDEN; h++) {
      const value = hidden[h];
      let sum = 0;
      for (let l = 0, w = h * letters; l < letters; l++, w++) {
        grad.w2[w] += value * output[l];
        sum += net.w2[w] * output[l];
      }
      fault[h] = sum * (1 - value * value);
      grad.b1[h] += fault[h];
    }
    for (let i = 0; i < INPUTS; i++) {
      const value = input[i];
      let sum = 0;
      for (let h = 0, w = i * HIDDEN; h < HIDDEN; h++, w++) {
        grad.w1[w] += value * fault[h];
        sum += net.w1[w] * fault[h];
      }
      const character = codes[place - CONTEXT + Math.floor(i / EMBEDDING)];
      grad.embed[character * EMBEDDING + (i % EMBEDDING)] += sum;
    }
  }

  /** Mean loss over places spread evenly through the last tenth of the text. */
  function testLoss() {
    const stride = Math.floor((codes.length - testFrom - CONTEXT) / TEST_PLACES);
    let loss = 0;
    for (let n = 0; n < TEST_PLACES; n++) {
      const place = testFrom + CONTEXT + n * stride;
      guess(codes, place);
      loss += softmaxLoss(output, codes[place]);
    }
    return loss / TEST_PLACES;
  }

  /** Lets the network write, each character drawn by its probability (a little on the safe side). */
  function write(length) {
    const drawn = seededRandom(mixSeed(seed, 1e6));
    const written = [...codes.subarray(testFrom, testFrom + CONTEXT)];
    while (written.length < length) {
      guess(written, written.length);
      for (let l = 0; l < letters; l++) output[l] *= 1.4;
      softmaxLoss(output, 0);
      let rest = drawn();
      let l = 0;
      while (l < letters - 1 && (rest -= output[l]) > 0) l += 1;
      written.push(l);
    }
    return written.map((code) => alphabet[code]).join('');
  }

  return {
    sentence: `${testFrom} characters to learn from, ${codes.length - testFrom} for testing, ${size} weights`,
    stepsPerEpoch: STEPS_PER_EPOCH,
    weights,
    gradient,
    learn(epoch, index) {
      const places = seededRandom(mixSeed(seed, epoch * STEPS_PER_EPOCH + index));
      gradient.fill(0);
      let loss = 0;
      for (let n = 0; n < batch; n++) {
        const place = CONTEXT + Math.floor(places() * (testFrom - CONTEXT));
        guess(codes, place);
        loss += softmaxLoss(output, codes[place]);
        blame(place, 1 / batch);
      }
      return { loss: loss / batch, score: bits(loss / batch) };
    },
    scoreName: 'bits_per_char',
    test: () => `test_bits_per_char ${bits(testLoss()).toFixed(3)}`,
    show: () => `it writes: ${write(300).replaceAll('\n', ' / ')}`,
  };
}

function bits(loss) {
  return loss / Math.LN2;
}

function loadText(url) {
  try {
    return gunzipSync(readFileSync(url)).toString('ascii');
  } catch (error) {
    throw new Refusal(`cannot read the data file ${url.pathname}: ${error.message}`);
  }
}
