import type { Measure } from './measure.ts';
import { cancelAll } from './measures/cancelAll.ts';
import { cancelQueued } from './measures/cancelQueued.ts';
import { cancelToNext } from './measures/cancelToNext.ts';
import { gpuMonitor } from './measures/gpuMonitor.ts';
import { history } from './measures/history.ts';
import { idle } from './measures/idle.ts';
import { largeLog } from './measures/largeLog.ts';
import { startOverhead } from './measures/startOverhead.ts';
import { stopTree } from './measures/stopTree.ts';
import { submitBatch } from './measures/submitBatch.ts';
import { submitOne } from './measures/submitOne.ts';
import { trainerOutput } from './measures/trainerOutput.ts';
import { window } from './measures/window.ts';

/** Every measure, in the order of the table. */
export const MEASURES: readonly Measure[] = [
  cancelToNext,
  cancelQueued,
  submitBatch,
  submitOne,
  cancelAll,
  history,
  startOverhead,
  stopTree,
  trainerOutput,
  largeLog,
  idle,
  gpuMonitor,
  window,
];
