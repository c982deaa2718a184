import { StepFailure } from './stepFailure.mjs';

/** Whether a Node version ("20.20.2") can run the set-up: 20.19 or newer. @param {string} version */
export function canRunSetup(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}

/** The machine's Node only has to run the set-up; everything after it runs on the pinned Node 24. */
export const nodeVersionStep = {
  name: 'Node 20.19 or newer',
  isDone: () => canRunSetup(process.versions.node),
  run: () => {
    throw new StepFailure(`Node ${process.versions.node} is too old`, {
      advice: 'Install Node 20.19 or newer (https://nodejs.org), then run the same command again.',
    });
  },
};
