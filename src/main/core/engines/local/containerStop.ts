import { isAbsolute, join } from 'node:path';
import type { StopStage } from '../../../../shared/job.ts';
import type { StopSignal } from '../../../../shared/signals.ts';
import { containerCommandOf, launchedCommand } from '../../domain/docker.ts';
import type { ContainerCommand } from '../../domain/docker.ts';
import { runEnvironment } from '../../runs/runEnvironment.ts';
import type { RunPaths } from '../../runs/runFiles.ts';
import type { RunOrder } from '../engine.ts';
import { ContainerClient, readContainerId } from './containerClient.ts';

/*
 * `docker run` is a client: the container belongs to a daemon, and does not die with the client. So the client gets nothing;
 * the daemon is asked to stop the container, and the run has ended only when the daemon says that the container is over and
 * the runner says that the client is gone. The exit code is the client's, which is the container's.
 * Not followed: `-d`, and containers that something inside the command starts.
 */

/** How often the daemon is asked while a stop goes on, and while it does not answer. */
const ASK_EVERY_MS = 250;
const KILL_AGAIN_MS = 2_000;
const STUCK_AFTER_MS = 10_000;
/** A client that is still there so long after its container was over is stopped like any program. */
const CLIENT_LINGERS_MS = 5_000;
/** A container whose client has gone is a leftover: the stop signal at once, SIGKILL after this. */
const LEFTOVER_MS = 5_000;
/**
 * The daemon's own deadline cannot be moved, and the user may grant more time: the app kills at the job's deadline, and the
 * daemon so much later, for the case that no app is there.
 */
const BACKSTOP_S = 3_600;

/** What stopping a container stands on. */
export interface ContainerParts {
  readonly parsed: ContainerCommand;
  readonly order: RunOrder;
  readonly cidFile: string;
  readonly client: ContainerClient;
  /** Unix ms. */
  readonly now: () => number;
  readonly onStage: (stage: StopStage) => void;
  /** Has the runner stop the client itself, by the ordinary ladder. */
  readonly stopClient: (graceMs: number) => void;
  readonly forceClient: () => void;
}

/** Stops the container of a run, and knows when it is over. One for each run; disposing ends its questions, not the container. */
export class ContainerStop {
  readonly #parts: ContainerParts;
  readonly #seen: string[] = [];
  readonly #over = new Set<string>();
  #deadlineAt: number | null = null;
  #forced = false;
  #stopping: Promise<void> | null = null;
  #clientGone = false;
  #disposed = false;
  #wake: () => void = () => undefined;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
  }

  /** The one for an order, or null when its command is not a container's or does not wait for it. */
  static of(
    order: RunOrder,
    paths: RunPaths,
    more: Pick<ContainerParts, 'now' | 'onStage' | 'stopClient' | 'forceClient'>,
  ): ContainerStop | null {
    const parsed = containerCommandOf(order.spec.command);
    if (parsed === null || parsed.detached) return null;
    const { cwd } = order.spec;
    const environment = runEnvironment(order, paths, process.env);
    // A user's own file is where the client, which runs in the job's folder, finds it.
    const own = parsed.cidFile === null || isAbsolute(parsed.cidFile) ? parsed.cidFile : join(cwd, parsed.cidFile);
    return new ContainerStop({
      ...more,
      parsed,
      order,
      cidFile: own ?? join(paths.directory, 'container.id'),
      client: new ContainerClient({ client: parsed.client, cwd, environment }),
    });
  }

  /** The command with what makes the container findable. */
  get command(): readonly string[] {
    const { order, parsed, cidFile } = this.#parts;
    return launchedCommand(order.spec.command, parsed, { cidFile, run: order.run });
  }

  /** The container's id once there is a container; found again after a restart, since it is in a file. */
  get id(): string | null {
    return readContainerId(this.#parts.cidFile);
  }

  /** Begins the stop. A second one changes nothing. */
  stop(graceMs: number): void {
    if (this.#deadlineAt !== null) return;
    this.#deadlineAt = this.#parts.now() + graceMs;
    const { id } = this;
    // The client has made nothing yet, it may be fetching the image: it is the whole run.
    if (id === null) return this.#parts.stopClient(graceMs);
    this.#stopping = this.#stopWithClient(id);
  }

  /** SIGKILL to the container now. */
  force(): void {
    this.#forced = true;
    this.#deadlineAt ??= this.#parts.now();
    const { id } = this;
    if (id === null) this.#parts.forceClient();
    else this.#stopping ??= this.#stopWithClient(id);
    this.#wake();
  }

  /** Moves the deadline. */
  extend(byMs: number): void {
    if (this.#deadlineAt !== null) this.#deadlineAt += byMs;
  }

  /**
   * To be asked when the client is gone: resolves when no container of the run is left, after stopping one that is. Answers
   * what was observed, one sentence each; never gives up.
   */
  async ended(): Promise<readonly string[]> {
    this.#clientGone = true;
    this.#wake();
    await this.#stopping;
    for (const id of await this.#all()) {
      if (this.#disposed) break;
      if (!this.#over.has(id)) await this.#end(id);
    }
    return this.#seen;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#wake();
  }

  /** A client dies with its container; one that does not is told like any other program. */
  async #stopWithClient(id: string): Promise<void> {
    await this.#end(id);
    const since = this.#parts.now();
    while (!this.#clientGone && !this.#disposed && this.#parts.now() - since < CLIENT_LINGERS_MS) await this.#pause();
    if (!this.#clientGone && !this.#disposed) this.#parts.stopClient(CLIENT_LINGERS_MS);
  }

  /** The container of the id file and whatever else carries the run's label. */
  async #all(): Promise<readonly string[]> {
    const { id } = this;
    // No file and no answer: a client writes the file before it starts what it has made, so nothing ever ran.
    const labelled = (await this.#parts.client.labelled(this.#parts.order.run)) ?? [];
    return [...new Set([...(id === null ? [] : [id]), ...labelled])];
  }

  /** Down the ladder with one container, until the daemon says that it is over. */
  async #end(id: string): Promise<void> {
    const { client, now } = this.#parts;
    let asked = false;
    let killedAt: number | null = null;
    let silentSince: number | null = null;
    let stuck = false;
    for (; !this.#disposed; await this.#pause()) {
      const state = await client.state(id);
      if (state === 'over') break;
      if (state === 'unknown') {
        silentSince ??= now();
        if (!stuck && now() - silentSince >= STUCK_AFTER_MS) {
          stuck = true;
          this.#parts.onStage('stuck');
        }
        continue;
      }
      silentSince = null;
      stuck = false;
      this.#deadlineAt ??= now() + LEFTOVER_MS;
      if (state === 'paused') await client.unpause(id);
      if (this.#forced || now() >= this.#deadlineAt) {
        if (killedAt !== null && now() - killedAt < KILL_AGAIN_MS) continue;
        if (killedAt === null) this.#note('killing', `SIGKILL to container ${short(id)}`);
        killedAt = now();
        await client.kill(id);
      } else if (!asked) {
        asked = true;
        await this.#ask(id, this.#deadlineAt - now());
      }
    }
    if (this.#disposed) return;
    this.#over.add(id);
    this.#seen.push(`Container ${short(id)} is over, told by ${this.#parts.parsed.kind} inspect`);
  }

  async #ask(id: string, leftMs: number): Promise<void> {
    const { client, order, parsed } = this.#parts;
    const signal: StopSignal = order.spec.stopSignal;
    if (signal === 'SIGTERM') {
      this.#note('terminating', `${parsed.kind} stop for container ${short(id)}`);
      client.stop(id, Math.ceil(leftMs / 1_000) + BACKSTOP_S);
    } else {
      this.#note('terminating', `${signal} to container ${short(id)}`);
      await client.kill(id, signal);
    }
  }

  #note(stage: StopStage, words: string): void {
    this.#parts.onStage(stage);
    this.#seen.push(`${words} at ${new Date(this.#parts.now()).toISOString()}`);
  }

  /** Until it is time to ask again, or until something has changed. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ASK_EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function short(id: string): string {
  return id.slice(0, 12);
}
