import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemdUnit } from '../../src/main/cli/systemdUnit.ts';

/** Where Debian's shells look for the completions of packages. */
const COMPLETIONS = {
  bash: 'usr/share/bash-completion/completions/trainyard',
  zsh: 'usr/share/zsh/vendor-completions/_trainyard',
  fish: 'usr/share/fish/vendor_completions.d/trainyard.fish',
} as const;

const LARGEST_BYTES = 1024 ** 2;

/** A file of the package. */
interface PackageFile {
  readonly path: string;
  readonly text: string;
}

/** The completions for each shell, as the packaged command prints them. */
export async function completions(folder: string): Promise<readonly PackageFile[]> {
  const command = join(folder, 'bin', 'trainyard');
  return Promise.all(
    Object.entries(COMPLETIONS).map(async ([shell, path]) => {
      const { stdout } = await promisify(execFile)(command, ['completion', shell], { maxBuffer: LARGEST_BYTES });
      return { path, text: stdout };
    }),
  );
}

/** The unit that serves the queue without a window, once a user enables it. */
export function userUnit(): string {
  const unit = systemdUnit({ command: ['/usr/bin/trainyard', 'serve'], environment: {}, onExit: 'keep' });
  const from = unit.indexOf('[Unit]');
  return `# Not enabled by itself: systemctl --user enable --now trainyard\n${unit.slice(from).replace('\n\n#', '\n#')}\n`;
}
