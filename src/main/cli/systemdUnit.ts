/** What the unit starts. */
export interface UnitFacts {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly onExit: 'keep' | 'cancel';
}

/** A unit for the user's systemd that serves the queue from login on (from boot with `loginctl enable-linger`). */
export function systemdUnit({ command, environment, onExit }: UnitFacts): string {
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${word(`${name}=${value}`)}`);
  return `# Save as ~/.config/systemd/user/trainyard.service, then:
#   systemctl --user daemon-reload && systemctl --user enable --now trainyard
# To serve without a login: loginctl enable-linger
[Unit]
Description=Trainyard, the queue of this machine's training runs

[Service]
ExecStart=${command.map(word).join(' ')}
${variables.join('\n')}
# Runs are not the service's to kill: they outlive it, or it stops them itself in its own order.
KillMode=process
TimeoutStopSec=${onExit === 'cancel' ? 'infinity' : '30'}
Restart=on-failure

[Install]
WantedBy=default.target`;
}

/** One word in a unit file: quoted, with systemd's own specifiers and variables switched off. */
function word(text: string): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@:./=+,-]+$/.test(plain) ? plain : `"${plain}"`;
}
