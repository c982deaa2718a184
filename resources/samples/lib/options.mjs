/** The options that every sample trainer understands, checked before anything else happens. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** An error whose message is all the user needs: no stack trace, and the exit code it calls for. */
export class Refusal extends Error {
  /**
   * @param {string} message what is wrong and what to do
   * @param {number} exitCode 2 for wrong options, 1 for everything else
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const numbers = {
  epochs: { integer: true, min: 1, max: 1e6 },
  steps: { integer: true, min: 1, max: 1e9 },
  lr: { integer: false, min: 0, max: 10 },
  seed: { integer: true, min: 0, max: 2 ** 32 - 1 },
  batch: { integer: true, min: 1, max: 4096 },
  'pace-ms': { integer: false, min: 0, max: 60_000 },
};

/**
 * Reads the command line.
 *
 * @param {string[]} argv what follows the script's name
 * @param {{name: string, about: string, defaults: Record<string, number>}} trainer
 * @returns options as numbers, or null when the help was asked for and printed
 */
export function readOptions(argv, trainer) {
  const values = parse(argv);
  if (values.help) {
    console.log(help(trainer));
    return null;
  }
  if (values.epochs !== undefined && values.steps !== undefined) {
    throw new Refusal('--epochs and --steps exclude each other: give one of them', 2);
  }
  if (values.resume && values.fresh) {
    throw new Refusal('--resume and --fresh exclude each other: give one of them', 2);
  }
  const read = (name) =>
    values[name] === undefined ? trainer.defaults[name] : toNumber(name, values[name]);
  if (values.out === '') throw new Refusal('--out must name a folder', 2);
  return {
    epochs: read('epochs'),
    steps: read('steps'),
    lr: read('lr'),
    seed: read('seed'),
    batch: read('batch'),
    paceMs: read('pace-ms'),
    out: values.out ?? (process.env.TRAINYARD_JOB_DIR || join(process.cwd(), 'checkpoints')),
    resume: values.fresh ? 'never' : values.resume ? 'must' : 'auto',
    ignoreSigterm: values['ignore-sigterm'] ?? false,
  };
}

function parse(argv) {
  const options = {
    out: { type: 'string' },
    resume: { type: 'boolean' },
    fresh: { type: 'boolean' },
    'ignore-sigterm': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  };
  for (const name of Object.keys(numbers)) options[name] = { type: 'string' };
  try {
    return parseArgs({ args: argv, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new Refusal(`${error.message.split('. ')[0]} (--help lists the options)`, 2);
  }
}

function toNumber(name, text) {
  const { integer, min, max } = numbers[name];
  const value = text.trim() === '' ? NaN : Number(text);
  const tooSmall = name === 'lr' ? value <= min : value < min;
  if (!Number.isFinite(value) || (integer && !Number.isInteger(value)) || tooSmall || value > max) {
    const kind = integer ? 'a whole number' : 'a number';
    const range = name === 'lr' ? `above ${min} and up to ${max}` : `from ${min} to ${max}`;
    throw new Refusal(`--${name} must be ${kind} ${range}, not "${text}"`, 2);
  }
  return value;
}

function help({ name, about, defaults }) {
  return `${about}

usage: ${name} [options]
  --epochs N        how often to go through the data (default ${defaults.epochs})
  --steps N         stop after N steps in all, instead of --epochs
  --lr X            learning rate (default ${defaults.lr})
  --batch N         examples per step (default ${defaults.batch})
  --seed N          same seed, same result (default ${defaults.seed})
  --out DIR         folder of the checkpoint (default $TRAINYARD_JOB_DIR, else ./checkpoints)
  --resume          go on from the checkpoint in --out; an error if there is none.
                    Without this option: go on if there is one, else start.
  --fresh           start anew, even if there is a checkpoint
  --pace-ms N       shortest time for one step, so that a demonstration lasts (default ${defaults['pace-ms']})
  --ignore-sigterm  bad manners on purpose: do not stop when asked to`;
}
