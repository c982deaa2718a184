/**
 * The training loop of the JavaScript samples: everything that makes a trainer pleasant to queue, watch, stop and resume.
 *
 *  - It prints one line about where it is, a few times per second at most.
 *  - Asked to stop (SIGTERM or SIGINT), it finishes the step at hand, saves a checkpoint and exits with 0.
 *  - Asked twice, it exits at once with 130.
 *  - Started again in the same folder, it goes on from the checkpoint and ends with exactly the weights it would have had.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as letEventsIn, setTimeout as wait } from 'node:timers/promises';
import { loadCheckpoint, saveCheckpoint, sha256 } from './checkpoint.mjs';
import { Adam } from './maths.mjs';
import { readOptions, Refusal } from './options.mjs';

const EPOCHS_BETWEEN_SAVES = 5;
const MS_BETWEEN_LINES = 250;
const MS_BEFORE_EPOCH_LINE = 100;

/**
 * A trainer: what is to be learned, without any of the above.
 *
 * @typedef {object} Trainer
 * @property {string} name also the checkpoint's name
 * @property {string} about the first line of --help
 * @property {Record<string, number>} defaults of the options
 * @property {(options: object) => Model} prepare loads the data and makes the untrained network
 *
 * @typedef {object} Model
 * @property {string} sentence says what was loaded
 * @property {number} stepsPerEpoch
 * @property {Float32Array} weights all of them, in one flat list
 * @property {Float32Array} gradient the same list, filled by `learn`
 * @property {(epoch: number, index: number) => {loss: number, score: number}} learn one batch; must depend on nothing but its
 *   arguments, the weights and the seed
 * @property {string} scoreName what `score` is
 * @property {() => string} test a few words on how the network does on data it has never seen
 * @property {() => string} [show] something to look at in the end
 */

/** Runs a trainer as a program: reads the options, trains, and turns refusals into one line and an exit code. */
export async function runTrainer(trainer) {
  try {
    const options = readOptions(process.argv.slice(2), trainer);
    if (options !== null) await train(trainer, options, listenForStop(options));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`${trainer.name}: ${error.message}`);
    process.exitCode = error.exitCode;
  }
}

async function train(trainer, options, stop) {
  const file = join(options.out, `${trainer.name}.checkpoint.json`);
  makeFolder(options.out);
  const model = trainer.prepare(options);
  const adam = new Adam(model.weights.length);
  const lastStep = options.steps ?? options.epochs * model.stepsPerEpoch;
  const epochs = Math.ceil(lastStep / model.stepsPerEpoch);
  console.log(model.sentence);

  const state = { step: 0, loss: null, score: null };
  restore(file, trainer.name, options, model, adam, state);
  const save = () =>
    saveCheckpoint(file, trainer.name, {
      step: state.step,
      epoch: Math.floor(state.step / model.stepsPerEpoch),
      seed: options.seed,
      batch: options.batch,
      loss: state.loss,
      score: state.score,
      weights: model.weights,
      adamMean: adam.mean,
      adamSquare: adam.square,
    });

  let lastLineAt = -Infinity;
  let nextStepAt = performance.now();
  while (state.step < lastStep && !stop.requested) {
    const epoch = Math.floor(state.step / model.stepsPerEpoch);
    // Slower and slower, independent of the total: so --epochs can be raised when resuming.
    const rate = options.lr / (1 + 0.1 * epoch);
    const { loss, score } = model.learn(epoch, state.step % model.stepsPerEpoch);
    if (!Number.isFinite(loss)) {
      throw new Refusal(`the loss is no number any more at step ${state.step + 1}: try a smaller --lr`);
    }
    state.step += 1;
    adam.update(model.weights, model.gradient, rate, state.step);
    state.loss = smooth(state.loss, loss);
    state.score = smooth(state.score, score);

    const epochEnds = state.step % model.stepsPerEpoch === 0;
    const ends = state.step === lastStep;
    const lineIsDue = performance.now() - lastLineAt >= (epochEnds ? MS_BEFORE_EPOCH_LINE : MS_BETWEEN_LINES);
    if (ends || lineIsDue) {
      lastLineAt = performance.now();
      const where = `epoch ${epoch + 1}/${epochs} step ${state.step}/${lastStep}`;
      const values = `loss ${state.loss.toFixed(4)} ${model.scoreName} ${state.score.toFixed(3)}`;
      const tested = epochEnds ? ` ${model.test()}` : '';
      console.log(`${where} ${values} lr ${Number(rate.toPrecision(3))}${tested}`);
    }
    if (epochEnds && (epoch + 1) % EPOCHS_BETWEEN_SAVES === 0 && !ends) save();

    // Signals are only noticed between steps, when the loop lets events in.
    nextStepAt = Math.max(nextStepAt + options.paceMs, performance.now());
    if (options.paceMs > 0 && !ends) await stop.sleep(nextStepAt - performance.now());
    else await letEventsIn();
  }

  if (stop.requested) {
    // Two turns of the event loop: a second signal that is already there comes before the saving.
    await letEventsIn();
    await letEventsIn();
  }
  save();
  console.log(`checkpoint saved to ${file} at step ${state.step}`);
  if (state.step < lastStep) return;
  console.log(`finished: ${model.test()}, weights ${sha256(model.weights).slice(0, 16)}`);
  if (model.show) console.log(model.show());
}

/**
 * Takes note of the signals that ask for a stop.
 *
 * @returns {{requested: boolean, sleep: (ms: number) => Promise<void>}} `sleep` ends early when a stop is requested
 */
function listenForStop({ ignoreSigterm }) {
  const waiting = new AbortController();
  const stop = {
    requested: false,
    async sleep(ms) {
      await wait(Math.max(1, ms), undefined, { signal: waiting.signal }).catch(() => {});
    },
  };
  const onSignal = (signal) => {
    if (stop.requested) process.exit(130);
    stop.requested = true;
    console.log(`${signal} received: finishing this step, then saving (once more: stop at once)`);
    waiting.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', ignoreSigterm ? () => console.log('SIGTERM received and ignored, as told') : onSignal);
  // Whoever read the output is gone: save what there is instead of crashing at the next line.
  process.stdout.on('error', () => {
    stop.requested = true;
    waiting.abort();
  });
  return stop;
}

/** Puts a checkpoint, if there is one to go on from, into the model, the optimiser and the state. */
function restore(file, name, options, model, adam, state) {
  const saved = options.resume === 'never' ? null : loadCheckpoint(file, name);
  if (saved === null) {
    if (options.resume === 'must') throw new Refusal(`nothing to resume: there is no ${file}`);
    return;
  }
  for (const option of ['seed', 'batch']) {
    if (saved[option] !== options[option]) {
      const advice = `give --${option} ${saved[option]}, another --out, or --fresh`;
      throw new Refusal(`the checkpoint ${file} was made with --${option} ${saved[option]}: ${advice}`);
    }
  }
  const lists = { weights: model.weights, adamMean: adam.mean, adamSquare: adam.square };
  for (const [key, list] of Object.entries(lists)) {
    if (saved[key]?.length !== list.length) {
      throw new Refusal(`the checkpoint ${file} is of another network (${key}): start anew with --fresh`);
    }
    list.set(saved[key]);
  }
  state.step = saved.step;
  state.loss = saved.loss;
  state.score = saved.score;
  console.log(`resumed from ${file} at step ${state.step}`);
}

function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Refusal(`cannot make the folder ${folder}: ${error.message}`);
  }
}

/** A moving average, because single batches jump. */
function smooth(average, value) {
  return average === null ? value : 0.95 * average + 0.05 * value;
}
