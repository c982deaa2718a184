import { isKeptSecret } from '../../../shared/secretNames.ts';
import type { JobSpec } from '../domain/job.ts';

/** The environment of a job as clients see it: values of secrets are null. */
export function shownEnvironment({
  env,
  secretEnv,
}: Pick<JobSpec, 'env' | 'secretEnv'>): readonly { readonly name: string; readonly value: string | null }[] {
  const chosen = new Set(secretEnv);
  return Object.entries(env).map(([name, value]) => ({
    name,
    value: isKeptSecret(chosen, name, value) ? null : value,
  }));
}
