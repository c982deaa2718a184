import { isSecret } from '../../../shared/secretNames.ts';
import type { EnvironmentRow } from './draft.ts';

/** What is said below the environment when there are secrets in it, and which of them cannot be unticked; else null. */
export function secretHelp(rows: readonly EnvironmentRow[]): string | null {
  const byName = rows.filter(({ name }) => isSecret(name, ''));
  const byValue = rows.filter((row) => !byName.includes(row) && isSecret('', row.value));
  if (byName.length + byValue.length === 0 && !rows.some((row) => row.isSecret)) return null;
  const why = [
    ...(byName.length === 0 ? [] : [`${namesOf(byName)} by ${byName.length === 1 ? 'its name' : 'their names'}`]),
    ...(byValue.length === 0 ? [] : [`${namesOf(byValue)} by the password in the address`]),
  ];
  const always = why.length === 0 ? '' : ` Always secret: ${why.join(', ')}.`;
  return `A secret goes to the run and is hidden here, in Details, exports and receipts.${always}`;
}

function namesOf(rows: readonly EnvironmentRow[]): string {
  return rows.map(({ name }) => name).join(', ');
}
