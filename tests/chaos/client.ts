import type { Book } from './book.ts';
import type { Place } from './place.ts';
import type { Ask, Program, Timed } from './schedule.ts';
import type { Answer, ServedCore } from './servedCore.ts';

/** What a client is given. */
export interface ClientParts {
  readonly core: ServedCore;
  readonly book: Book;
  readonly place: Place;
  /** Told of an answer that must never come. */
  readonly onWrong: (what: string) => void;
  /** Whether the disk or the database is being mistreated: an unexpected error is then an answer too. */
  readonly isMistreated: () => boolean;
}

/** One of several who use the queue at the same time. Never gives up and never asks twice. */
export class Client {
  readonly #name: string;
  readonly #parts: ClientParts;
  #submits = 0;

  constructor(name: string, parts: ClientParts) {
    this.#name = name;
    this.#parts = parts;
  }

  /** Does everything at its time, each as soon as the one before it has been answered. */
  async run(asks: readonly Timed<Ask>[], began: number): Promise<void> {
    for (const ask of asks) {
      const left = began + ask.at - performance.now();
      if (left > 0) await pause(left);
      await this.do(ask);
    }
  }

  /** Asks for one thing and writes down what was answered. */
  async do(ask: Ask): Promise<void> {
    const { book, core } = this.#parts;
    switch (ask.ask) {
      case 'submit':
        return this.#submit(ask);
      case 'cancel-many':
        return this.#cancelMany(ask.picks.flatMap((pick) => book.pick(pick)?.id ?? []));
      case 'cancel-queued':
        return this.#cancelMany('queued');
      case 'cancel-all':
        await this.#cancelMany('all');
        await this.#tell(ask.ask, 'POST', '/queue/run');
        return;
      case 'pause':
      case 'drain':
        await this.#tell(ask.ask, 'POST', `/queue/${ask.ask}`);
        await pause(ask.ms);
        await this.#tell(ask.ask, 'POST', '/queue/run');
        return;
      default:
    }
    const job = book.pick(ask.pick);
    if (job === undefined) return;
    const path = `/jobs/${job.id}`;
    switch (ask.ask) {
      case 'cancel':
        return this.#cancel(job.id, ask.force, ask.wait);
      case 'force':
        return this.#cancel(job.id, true, false);
      case 'requeue':
        book.requeueAsked(job.id);
        break;
      case 'move': {
        const other = book.pick(ask.other);
        const to = ask.to === 'before' ? (other === undefined ? 'last' : { before: other.id }) : ask.to;
        await this.#tell(ask.ask, 'POST', `${path}/move`, { to });
        return;
      }
      case 'look':
        await this.#tell('look', 'GET', path);
        await this.#tell('look', 'GET', `${path}/log?offset=-2000`);
        await this.#tell('look', 'GET', `/jobs?limit=50&search=${this.#name}`);
        await this.#tell('look', 'GET', core.starts % 2 === 0 ? '/gpus' : '/queue');
        return;
      default:
    }
    await this.#tell(ask.ask, 'POST', `${path}/${ask.ask}`);
  }

  async #submit(ask: Extract<Ask, { ask: 'submit' }>): Promise<void> {
    this.#submits += 1;
    const name = `${this.#name}-${this.#submits}`;
    const { status, body } = await this.#tell('submit', 'POST', '/jobs', {
      command: this.#commandOf(ask.program),
      cwd: this.#parts.place.home,
      name,
      gpus: ask.gpus,
      priority: ask.priority,
      held: ask.held,
      grace_seconds: ask.graceSeconds,
      ...(ask.timeLimitSeconds === null ? {} : { time_limit_seconds: ask.timeLimitSeconds }),
      env: { SIM_GPU_MIB: '2000' },
    });
    if (status === 201) this.#parts.book.accepted.push({ id: Number(body['job_id']), name });
  }

  #commandOf({ mode, code, ms }: Program): readonly string[] {
    if (mode === 'missing') return ['/no-such-program'];
    return [this.#parts.place.trainer, mode, String(code), String(ms)];
  }

  async #cancel(id: number, force: boolean, wait: boolean): Promise<void> {
    const query = `?wait=${wait ? 1 : 0}&force=${force ? 1 : 0}`;
    const { body } = await this.#tell(force ? 'force' : 'cancel', 'POST', `/cancel/${id}${query}`);
    if (body['success'] === true) this.#parts.book.cancelAccepted(id);
  }

  async #cancelMany(jobs: readonly number[] | 'queued' | 'all'): Promise<void> {
    if (jobs.length === 0) return;
    const { body } = await this.#tell('cancel-many', 'POST', '/cancel', { jobs });
    const answers = (body['jobs'] ?? []) as readonly { readonly success: boolean; readonly job_id: string }[];
    for (const { success, job_id: id } of answers) if (success) this.#parts.book.cancelAccepted(Number(id));
  }

  async #tell(what: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const { core, book, onWrong, isMistreated } = this.#parts;
    const mistreated = isMistreated();
    const answer = await core.ask(method, path, body);
    book.count(`${what} ${answer.status === null ? 'unanswered' : answer.status}`);
    const strange = answer.status !== null && (answer.status === 400 || answer.status === 401 || answer.status >= 500);
    if (strange && !mistreated && !isMistreated())
      onWrong(`${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
