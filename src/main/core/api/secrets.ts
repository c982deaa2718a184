/** Names of variables whose values are never shown: the words people use for them, anywhere in the name. */
const SECRET_NAME = /(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|_KEY$|^KEY$|AUTH|(?:^|_)PASS(?:PHRASE)?(?:_|$)|_PWD$)/i;

/** The environment of a job as clients see it: values of names that look like secrets are null. */
export function shownEnvironment(
  env: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly value: string | null }[] {
  return Object.entries(env).map(([name, value]) => ({ name, value: SECRET_NAME.test(name) ? null : value }));
}
