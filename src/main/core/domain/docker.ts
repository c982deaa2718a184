/** A command that runs a container in the foreground of a client: `docker run …` or `podman run …`. */
export interface ContainerCommand {
  /** The client with its global options: what every other call to the same daemon begins with. */
  readonly client: readonly string[];
  /** How many words of the command come before its options of `run`. */
  readonly optionsAt: number;
  readonly kind: 'docker' | 'podman';
  /** `-d`: the client returns at once and the container goes its own way. */
  readonly detached: boolean;
  /** Where the command itself has the container's id written; null when it does not ask for that. */
  readonly cidFile: string | null;
  /** Whether it says anything about an init process, for or against. */
  readonly saysInit: boolean;
}

/** What a run adds to its command, so that the container is found again. */
export interface ContainerMarks {
  /** Where the client writes the container's id; the file must not exist before. */
  readonly cidFile: string;
  readonly run: string;
}

/** The label by which the container of a run is found. */
export const CONTAINER_LABEL = 'trainyard.run';

/** Options before the command word that take no value (docker(1), podman(1)). */
const GLOBAL_SWITCHES = new Set(
  '-D --debug --tls --tlsverify -v --version -h --help -r --remote --syslog --transient-store'.split(' '),
);

/** Options of `run` that take no value; every other one does (docker-run(1), podman-run(1)). */
const RUN_SWITCHES = new Set(
  (
    '--detach --disable-content-trust --help --init --interactive --no-healthcheck --oom-kill-disable --privileged ' +
    '--publish-all --quiet --read-only --rm --sig-proxy --tty --use-api-socket ' +
    '--env-host --http-proxy --no-hostname --no-hosts --passwd --read-only-tmpfs --replace --rmi --rootfs ' +
    '--tls-verify --unsetenv-all'
  ).split(' '),
);
/** One-letter options of `run` that take no value; several can stand in one word. */
const RUN_LETTERS = new Set(['d', 'i', 'P', 'q', 't']);

/** What is said of a container that is not followed. */
export const DETACHED_WORDS =
  'A container started with -d is not followed: this run ends when the client returns, and a cancel does not stop the container. Leave -d out.';

/**
 * Reads a command as a container's, or null when it is something else. Only the first words count: `sudo docker run` and a
 * script that calls docker are ordinary commands.
 */
export function containerCommandOf(command: readonly string[]): ContainerCommand | null {
  const program = command[0] ?? '';
  const kind = program.slice(program.lastIndexOf('/') + 1);
  if (kind !== 'docker' && kind !== 'podman') return null;
  const at = afterGlobals(command);
  const word = command[at] === 'container' ? at + 1 : at;
  if (command[word] !== 'run') return null;
  const options = runOptions(command.slice(word + 1));
  return {
    client: command.slice(0, at),
    optionsAt: word + 1,
    kind,
    detached: isOn(options.get('--detach')),
    cidFile: options.get('--cidfile') ?? null,
    saysInit: options.has('--init'),
  };
}

/** Why a container of this command would not be followed, in a sentence; null when it is, or is no container's. */
export function notFollowed(command: readonly string[]): string | null {
  return containerCommandOf(command)?.detached === true ? DETACHED_WORDS : null;
}

/**
 * The command as it is launched: with a label and a file for the container's id. Docker also gets `--init` unless the
 * command says something about it: a trainer that is process 1 of its container and has no handler ignores the stop signal.
 */
export function launchedCommand(
  command: readonly string[],
  parsed: ContainerCommand,
  { cidFile, run }: ContainerMarks,
): readonly string[] {
  if (parsed.detached) return command;
  const added = ['--label', `${CONTAINER_LABEL}=${run}`];
  // Given twice the last one counts, and the command may rely on its own.
  if (parsed.cidFile === null) added.push('--cidfile', cidFile);
  // Podman has one only where another package is installed.
  if (parsed.kind === 'docker' && !parsed.saysInit) added.push('--init');
  return [...command.slice(0, parsed.optionsAt), ...added, ...command.slice(parsed.optionsAt)];
}

/** Whether a status of `inspect` means that no process of the container runs. */
export function isOver(status: string): boolean {
  return ['created', 'configured', 'exited', 'stopped', 'dead'].includes(status.trim().toLowerCase());
}

/** Whether a client's complaint means that there is no such container any more, and not that nobody answered. */
export function saysNoSuchContainer(complaint: string): boolean {
  return /no such (object|container)|no container with (name or )?id/i.test(complaint);
}

/** The id in the text of an id file or of a listing; null unless it is one, since it becomes an argument. */
export function containerIdIn(text: string): string | null {
  const id = text.trim();
  return /^[0-9a-f]{12,64}$/.test(id) ? id : null;
}

function afterGlobals(command: readonly string[]): number {
  let at = 1;
  for (let word = command[at]; word?.startsWith('-') === true; word = command[at]) {
    at += word.includes('=') || GLOBAL_SWITCHES.has(word) || isJoined(word) ? 1 : 2;
  }
  return at;
}

/** `-Htcp://…`: a one-letter option with its value in the same word. */
function isJoined(word: string): boolean {
  return /^-[^-]./.test(word);
}

/** The options of `run` by their long names; a switch has the value `true`. Ends at the image, as the clients do. */
function runOptions(words: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--' || word === '-' || !word.startsWith('-')) return options;
    if (word.startsWith('--')) {
      const [, name = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
      if (value !== undefined) options.set(name, value);
      else if (RUN_SWITCHES.has(name)) options.set(name, 'true');
      else options.set(name, words[(at += 1)] ?? '');
    } else if (readLetters(word.slice(1), options)) {
      // Its value is the next word.
      at += 1;
    }
  }
  return options;
}

/** `-itd`, `-d=false`, `-eNAME=value`: answers whether the last letter waits for a value in the next word. */
function readLetters(letters: string, options: Map<string, string>): boolean {
  for (const [place, letter] of [...letters].entries()) {
    if (!RUN_LETTERS.has(letter)) return place === letters.length - 1;
    const rest = letters.slice(place + 1);
    const value = rest.startsWith('=') ? rest.slice(1) : 'true';
    if (letter === 'd') options.set('--detach', value);
    if (rest.startsWith('=')) return false;
  }
  return false;
}

/** The clients read switches as Go does. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && ['1', 't', 'true'].includes(value.toLowerCase());
}
