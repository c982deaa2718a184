import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readStamp } from './stamp.mjs';

/**
 * Says what to type where neither of Chromium's sandboxes would work: user namespaces forbidden by the system, and the
 * helper not owned by root. Without it the app would end at once with a message few people understand.
 * @param {import('./runtime.mjs').Runtime} runtime
 */
export function warnAboutSandbox(runtime) {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return;
  const forbidden =
    readStamp('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')?.trim() === '1' ||
    readStamp('/proc/sys/kernel/unprivileged_userns_clone')?.trim() === '0';
  const helper = join(dirname(runtime.executable), 'chrome-sandbox');
  const stat = statSync(helper, { throwIfNoEntry: false });
  const helperWorks = stat !== undefined && stat.uid === 0 && (stat.mode & 0o4000) !== 0;
  if (!forbidden || helperWorks) return;
  console.warn(`This system keeps Electron's sandbox from starting. To allow it, once:
  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`);
}
