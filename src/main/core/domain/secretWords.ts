import { isSecret } from '../../../shared/secretNames.ts';

/** What stands in place of a secret. */
const HIDDEN = '••••••';

/** A command line for people, with what looks like a secret hidden: `--api-key=…`, `--password …`, `TOKEN=…`, addresses. */
export function commandWithoutSecrets(words: readonly string[]): string {
  return words
    .map((word, place) => (isAfterSecretOption(words[place - 1]) ? HIDDEN : wordWithoutSecret(word)))
    .join(' ');
}

function wordWithoutSecret(word: string): string {
  const [, dashes, name, value] = /^(-{0,2})([A-Za-z][\w-]*)=(.*)$/s.exec(word) ?? [];
  if (name !== undefined && value !== undefined) {
    const isHidden = dashes === '' ? isSecret(name, value) : isSecretOption(name) || isAddressWithPassword(value);
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
