/** Checkpoints that are either complete or not there, and that say so when they are damaged. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Refusal } from './options.mjs';

const FORMAT = 'trainyard-sample-1';

/**
 * Writes a checkpoint so that whoever looks finds the old one or the new one, never a half: a temporary file, flushed to the disk,
 * takes the place of the old one in a single step.
 *
 * @param {string} file
 * @param {string} trainer which trainer it belongs to
 * @param {object} state plain data; Float32Arrays are allowed one level down
 */
export function saveCheckpoint(file, trainer, state) {
  const text = JSON.stringify(state, (_, value) => (value instanceof Float32Array ? encode(value) : value));
  const whole = `${JSON.stringify({ format: FORMAT, trainer, sha256: sha256(text) })}\n${text}\n`;
  const temporary = `${file}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const bytes = Buffer.from(whole);
    const handle = openSync(temporary, 'w');
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
    if (process.platform !== 'win32') flushFolder(dirname(file));
  } catch (error) {
    throw new Refusal(`cannot save the checkpoint ${file}: ${error.message}`);
  }
}

/**
 * Reads a checkpoint back.
 *
 * @returns {Record<string, unknown> | null} its state, or null when there is no such file
 */
export function loadCheckpoint(file, trainer) {
  let whole;
  try {
    whole = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw new Refusal(`cannot read the checkpoint ${file}: ${error.message}`);
  }
  const [head, text] = whole.split('\n');
  const header = parseHeader(head, file);
  if (header.trainer !== trainer) {
    throw new Refusal(`the checkpoint ${file} belongs to "${header.trainer}", not to "${trainer}": give another --out`);
  }
  if (text === undefined || sha256(text) !== header.sha256) throw damaged(file, 'its checksum does not match');
  return JSON.parse(text, (_, value) => (isEncoded(value) ? decode(value) : value));
}

function parseHeader(head, file) {
  let header;
  try {
    header = JSON.parse(head);
  } catch {
    throw damaged(file, 'it is no checkpoint at all');
  }
  if (header?.format !== FORMAT) throw damaged(file, `its format is not ${FORMAT}`);
  return header;
}

function damaged(file, why) {
  return new Refusal(`the checkpoint ${file} is damaged (${why}): delete it, or start anew with --fresh`);
}

/** Makes the rename itself survive a power cut. */
function flushFolder(folder) {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** SHA-256 in hexadecimal: of a checkpoint's text, or of weights to compare two trainings. */
export function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

/** The bytes of the numbers themselves, because a decimal rounding would make the resumed training another one. */
function encode(floats) {
  return { float32: Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString('base64') };
}

function isEncoded(value) {
  return typeof value === 'object' && value !== null && typeof value.float32 === 'string';
}

function decode({ float32 }) {
  const bytes = Uint8Array.from(Buffer.from(float32, 'base64'));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4));
}
