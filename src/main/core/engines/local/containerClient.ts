import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CONTAINER_LABEL, containerIdIn, isOver, saysNoSuchContainer } from '../../domain/docker.ts';
import { runBounded } from '../../processes/boundedCommand.ts';
import type { CommandAnswer } from '../../processes/boundedCommand.ts';

/** How the client of a run is called: the words before any command, and where. */
export interface ClientSetting {
  readonly client: readonly string[];
  readonly cwd: string;
  /** The run's own environment: it may name another daemon (DOCKER_HOST, DOCKER_CONTEXT). */
  readonly environment: NodeJS.ProcessEnv;
}

/** Whether a container runs. `unknown`: the daemon did not say. */
export type ContainerState = 'running' | 'paused' | 'over' | 'unknown';

/** A daemon that is busy with a container may take seconds for the simplest answer. */
const ANSWER_LIMIT_MS = 10_000;

/** The few commands of docker and podman that a stop needs, as their documentation describes them. */
export class ContainerClient {
  readonly #setting: ClientSetting;

  constructor(setting: ClientSetting) {
    this.#setting = setting;
  }

  /** Whether the container runs, by `inspect`. */
  async state(id: string): Promise<ContainerState> {
    const { code, stdout, stderr } = await this.#ask('inspect', '--format', '{{.State.Status}}', id);
    if (code !== 0) return saysNoSuchContainer(stderr) ? 'over' : 'unknown';
    if (isOver(stdout)) return 'over';
    return stdout.trim() === 'paused' ? 'paused' : 'running';
  }

  /** Ids of every container that carries the label of the run, or null when the daemon did not say. */
  async labelled(run: string): Promise<readonly string[] | null> {
    const filter = `label=${CONTAINER_LABEL}=${run}`;
    const { code, stdout } = await this.#ask('ps', '--all', '--quiet', '--no-trunc', '--filter', filter);
    return code === 0 ? stdout.split('\n').flatMap((line) => containerIdIn(line) ?? []) : null;
  }

  /** Sends a signal to the container's first process; with none, SIGKILL to all of it. */
  kill(id: string, signal?: string): Promise<CommandAnswer> {
    return this.#ask('kill', ...(signal === undefined ? [] : ['--signal', signal]), id);
  }

  /** Lets a paused container go on: it takes no other signal. */
  unpause(id: string): Promise<CommandAnswer> {
    return this.#ask('unpause', id);
  }

  /**
   * Has the daemon stop the container with the signal that its image names, and kill it after so many seconds. The request
   * outlives this process; what becomes of it is asked of `state`.
   */
  stop(id: string, seconds: number): void {
    const [program = '', ...words] = this.#setting.client;
    const child = spawn(program, [...words, 'stop', '-t', String(seconds), id], {
      cwd: this.#setting.cwd,
      env: this.#setting.environment,
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
    });
    // A client that cannot be started answers no other question either, and that is told.
    child.once('error', () => undefined);
    child.unref();
  }

  #ask(...words: readonly string[]): Promise<CommandAnswer> {
    const [program = '', ...globals] = this.#setting.client;
    const { cwd, environment } = this.#setting;
    return runBounded(program, [...globals, ...words], { cwd, environment, limitMs: ANSWER_LIMIT_MS });
  }
}

/** The container's id as the client wrote it down, or null while it has not. */
export function readContainerId(path: string): string | null {
  try {
    return containerIdIn(readFileSync(path, 'latin1'));
  } catch {
    return null;
  }
}
