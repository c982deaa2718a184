/** Names of variables whose values are never shown: the words people use for them, anywhere in the name. */
const SECRET_NAME =
  /(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|_KEY$|^KEY$|AUTH|(?:^|_)PASS(?:PHRASE)?(?:_|$)|_PWD$|_PAT$)/i;
/** An address with a password in it: `postgres://me:secret@host/db`. */
const SECRET_VALUE = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/** The environment of a job as clients see it: values are null where the name or the value looks like a secret. */
export function shownEnvironment(
  env: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly value: string | null }[] {
  return Object.entries(env).map(([name, value]) => ({
    name,
    value: SECRET_NAME.test(name) || SECRET_VALUE.test(value) ? null : value,
  }));
}
