/** Names of variables whose values are never shown: the words people use for them, anywhere in the name. */
const SECRET_NAME =
  /(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|_KEY$|^KEY$|AUTH|(?:^|_)PASS(?:PHRASE)?(?:_|$)|_PWD$|_PAT$)/i;
/** An address with a password in it: `postgres://me:secret@host/db`. */
const SECRET_VALUE = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/** Whether a variable is kept secret by rule, whatever a person says: its value leaves the core for nothing but the run itself. */
export function isSecret(name: string, value: string): boolean {
  return SECRET_NAME.test(name) || SECRET_VALUE.test(value);
}

/** Whether a variable of a job is kept secret: it is among `chosen`, the names that a person called secret, or is one by rule. */
export function isKeptSecret(chosen: ReadonlySet<string>, name: string, value: string): boolean {
  return chosen.has(name) || isSecret(name, value);
}
