import { isSecret } from '../../../shared/secretNames.ts';

/** The environment of a job as clients see it: values are null where the name or the value looks like a secret. */
export function shownEnvironment(
  env: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly value: string | null }[] {
  return Object.entries(env).map(([name, value]) => ({ name, value: isSecret(name, value) ? null : value }));
}
