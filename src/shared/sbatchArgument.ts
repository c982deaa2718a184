/** Options of sbatch that Trainyard sets itself, or that would make its job one that it cannot follow. */
const OWN_OPTIONS = [
  'parsable',
  'wrap',
  'comment',
  'output',
  'error',
  'input',
  'job-name',
  'dependency',
  'chdir',
  'wait',
  'hold',
  'signal',
  'open-mode',
  'test-only',
  'clusters',
  'cluster-constraint',
  'uid',
  'gid',
  'help',
  'usage',
  'version',
];

/** Short options that take a value and leave Trainyard's own alone. */
const SHORT_OPTIONS = /^-[ABCcFGkLlmNnpqStwx].+/;

/** Why an argument cannot be handed on to sbatch, or null when it can. */
export function sbatchArgumentProblem(argument: string): string | null {
  if (argument.includes('\0') || argument.includes('\n')) return 'must be one line of text';
  if (/^-[^-]/.test(argument)) {
    if (SHORT_OPTIONS.test(argument)) return null;
    return `${argument} is not handed on: write the option out, as in --account=NAME`;
  }
  const name = /^--([a-z][a-z-]*)(?:=|$)/.exec(argument)?.[1];
  // A word of its own would be taken for a script.
  if (name === undefined) return `${argument} is no option of sbatch: write it as one text, as in --qos=high`;
  // sbatch takes an option that is cut short for the whole one.
  const own = OWN_OPTIONS.find((option) => option.startsWith(name));
  return own === undefined ? null : `--${own} is set by Trainyard`;
}
