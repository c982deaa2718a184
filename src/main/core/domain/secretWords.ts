import { isKeptSecret, isSecret } from '../../../shared/secretNames.ts';
import type { JobSpec } from './job.ts';

/** What stands in place of a secret. */
const HIDDEN = '••••••';
/** Shorter values stand in ordinary words too: hiding each `1` and `true` would hide no secret and spoil the line. */
const SHORTEST_HIDDEN = 6;

/** What a job keeps secret, for the command lines of its processes: a script may hand its variables on as arguments. */
export interface KeptSecrets {
  /** Variables that the user called secret. */
  readonly names: ReadonlySet<string>;
  /** Values that are hidden wherever they stand, the longest first. */
  readonly values: readonly string[];
}

/** Of a job that is not known. */
export const NO_SECRETS: KeptSecrets = { names: new Set(), values: [] };

/** What a job keeps secret. */
export function keptSecretsOf({ env, secretEnv }: Pick<JobSpec, 'env' | 'secretEnv'>): KeptSecrets {
  const names = new Set(secretEnv);
  const values = Object.entries(env)
    .filter(([name, value]) => value.length >= SHORTEST_HIDDEN && isKeptSecret(names, name, value))
    .map(([, value]) => value)
    .sort((a, b) => b.length - a.length);
  return { names, values };
}

/** A text with the values that are kept secret hidden. */
export function textWithoutValues(text: string, { values }: KeptSecrets): string {
  return values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
}

/**
 * A command line for people, with what looks like a secret hidden: `--api-key=…`, `--password …`, `TOKEN=…`, addresses; and
 * variables that the user called one.
 */
export function commandWithoutSecrets(words: readonly string[], { names }: KeptSecrets): string {
  return words
    .map((word, place) => (isAfterSecretOption(words[place - 1]) ? HIDDEN : wordWithoutSecret(word, names)))
    .join(' ');
}

function wordWithoutSecret(word: string, names: ReadonlySet<string>): string {
  const [, dashes, name, value] = /^(-{0,2})([A-Za-z_][\w-]*)=(.*)$/s.exec(word) ?? [];
  if (name !== undefined && value !== undefined) {
    const isHidden =
      dashes === '' ? isKeptSecret(names, name, value) : isSecretOption(name) || isAddressWithPassword(value);
    if (isHidden) return `${dashes}${name}=${HIDDEN}`;
  }
  return isAddressWithPassword(word) ? HIDDEN : word;
}

function isAfterSecretOption(word: string | undefined): boolean {
  const [, name] = /^--?([A-Za-z][\w-]*)$/.exec(word ?? '') ?? [];
  return name !== undefined && isSecretOption(name);
}

/** `--password` and `--hf-token`, but neither `--tokenizer` nor `--num-tokens`: the last part of the name has to be the word. */
function isSecretOption(name: string): boolean {
  return /(?:^|[_-])(?:SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIALS?|KEY|PASSPHRASE)$/i.test(name);
}

function isAddressWithPassword(text: string): boolean {
  return isSecret('', text);
}
