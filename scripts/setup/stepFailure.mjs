/** A step that could not be done: `message` says what failed, `advice` what to do, `output` the last lines of the command. */
export class StepFailure extends Error {
  /** @param {string} message @param {{advice?: string | undefined, output?: string}} [more] */
  constructor(message, { advice = '', output = '' } = {}) {
    super(message);
    this.advice = advice;
    this.output = output;
  }
}
