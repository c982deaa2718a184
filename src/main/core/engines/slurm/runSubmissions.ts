import { dirname } from 'node:path';
import type { JobStatus } from '../../../../shared/job.ts';
import type { JobId, Ms, SlurmIdentity } from '../../domain/job.ts';
import { makeRunDirectory } from '../../runs/runFiles.ts';
import { batchScript, homePath } from './batchScript.ts';
import type { SlurmFailure } from './failure.ts';
import type { RunEndings } from './runEndings.ts';
import { showSharedLog } from './runLog.ts';
import type { RunPlaces } from './runPlaces.ts';
import type { RunReports } from './runReports.ts';
import { sbatchArguments } from './sbatchArguments.ts';
import type { ClusterFacts } from './slurmCommands.ts';
import { MISSING_TWICE } from './slurmRun.ts';
import type { SlurmRun } from './slurmRun.ts';
import type { SlurmSession } from './slurmSession.ts';
import { sshHostOf } from './slurmTargets.ts';
import { readSubmitRecord, writeSubmitRecord } from './submitRecord.ts';

/** What submissions are made with. */
export interface RunSubmissionsParts {
  readonly places: RunPlaces;
  readonly reports: RunReports;
  readonly endings: RunEndings;
  readonly now: () => Ms;
  /** The folder that the settings name for what the nodes share, or null. */
  readonly sharedFolder: () => string | null;
  /** What a job is now; null when it was deleted. */
  readonly statusOf: (job: JobId) => JobStatus | null;
  /** The live run of a job that went to Slurm. */
  readonly runOfJob: (job: JobId) => SlurmRun | undefined;
  readonly isDisposed: () => boolean;
}

/** A run whose mark Slurm does not know was never taken, if it was asked so short a time ago; Slurm forgets ended jobs after MinJobAge. */
const CERTAINLY_REMEMBERED = 0.5;
const DEFAULT_MIN_JOB_AGE_S = 300;
/** An sbatch whose answer was lost may still be on its way for so long. */
const ON_ITS_WAY_MS = 10_000;

/** Hands runs to Slurm, each one once, also where the answer of an sbatch was lost. */
export class RunSubmissions {
  readonly #parts: RunSubmissionsParts;

  constructor(parts: RunSubmissionsParts) {
    this.#parts = parts;
  }

  /** Asks Slurm to take the run, unless it has to wait or is to end. A refusal is its end; any other failure is answered. */
  async submit(session: SlurmSession, via: string, run: SlurmRun): Promise<SlurmFailure | null> {
    const { places, endings, now, sharedFolder, isDisposed } = this.#parts;
    const { order } = run;
    const { commands } = session;
    try {
      const paths = places.here(order);
      const there = await places.there(commands, via, order, sharedFolder());
      if (!there.ok) return there.error;
      // From here to sbatch nothing else gets its turn: a cancel came before, or finds a job that was asked for.
      if (run.stop !== null || run.ending || isDisposed()) return null;
      const dependencies = this.#dependencies(session, via, run);
      if (dependencies === null) return null;
      const { output, jobFiles } = there.value;
      makeRunDirectory(paths);
      const askedAt = now();
      writeSubmitRecord(paths, { tag: run.tag, via, output, askedAt });
      run.asked = 'perhaps';
      const args = sbatchArguments(order.run, order.spec, { output, dependencies });
      const prepare = `umask 077\nmkdir -p -- ${homePath(dirname(output))}`;
      const answer = await commands.submit(args, batchScript(order, { jobFiles }), prepare);
      if (!answer.ok) {
        if (answer.error.kind === 'refused') endings.refused(run, answer.error.words);
        else run.lostAt = now();
        return answer.error;
      }
      run.asked = 'yes';
      run.isOurs = true;
      this.#accept(session, run, { via, output, slurmJobId: answer.value, askedAt });
      return null;
    } catch (error) {
      // This machine's disk: sbatch was not asked.
      endings.refused(run, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** A run whose sbatch gave no answer is known again when Slurm shows a job with its mark. */
  recognise(session: SlurmSession, run: SlurmRun): void {
    if (run.identity !== null) return;
    const record = readSubmitRecord(this.#parts.places.here(run.order));
    const [first] = run.tasks.values();
    if (first === undefined || record === null) return;
    run.asked = 'yes';
    this.#accept(session, run, { ...record, slurmJobId: first.submittedAs });
  }

  /**
   * An sbatch whose answer was lost, and Slurm shows no job with its mark: it may be on its way still, it has not reached
   * Slurm and can be asked again, or it did so long ago that Slurm may have forgotten what became of it.
   */
  lost(run: SlurmRun, facts: ClusterFacts | null): 'on-its-way' | 'not-taken' | 'forgotten' {
    const { places, now } = this.#parts;
    const sinceLost = now() - (run.lostAt ?? 0);
    if (run.missing < MISSING_TWICE || sinceLost < ON_ITS_WAY_MS) return 'on-its-way';
    const record = readSubmitRecord(places.here(run.order));
    const remembered = (facts?.minJobAgeSeconds ?? DEFAULT_MIN_JOB_AGE_S) * 1_000 * CERTAINLY_REMEMBERED;
    const isCertain = record === null || now() - record.askedAt < remembered;
    if (!isCertain) return 'forgotten';
    run.asked = 'no';
    run.missing = 0;
    return 'not-taken';
  }

  #accept(
    session: SlurmSession,
    run: SlurmRun,
    known: Pick<SlurmIdentity, 'via' | 'output' | 'slurmJobId' | 'askedAt'>,
  ): void {
    const { places, reports } = this.#parts;
    const { log } = places.here(run.order);
    if (sshHostOf(known.via) === null) showSharedLog(known.output, log);
    const { via, output, slurmJobId, askedAt } = known;
    const cluster = session.facts?.cluster ?? '';
    run.lostAt = null;
    reports.accepted(run, { engine: 'slurm', cluster, tag: run.tag, via, output, slurmJobId, askedAt });
  }

  /**
   * Slurm's numbers of the jobs that this one waits for and that are going there. Null when one of them is neither that nor
   * completed: it ended badly, is being stopped, or is on another cluster, where its number means another job. Then the run is kept here, and its row says which.
   */
  #dependencies(session: SlurmSession, via: string, run: SlurmRun): readonly number[] | null {
    const { statusOf, runOfJob, reports } = this.#parts;
    const numbers: number[] = [];
    const cluster = session.facts?.cluster ?? '';
    for (const jobId of run.order.spec.after) {
      const status = statusOf(jobId);
      if (status === 'completed') continue;
      const { identity = null, stop = null } = runOfJob(jobId) ?? {};
      if (identity === null || stop !== null || identity.via !== via || identity.cluster !== cluster) {
        run.waitsFor = { jobId, status };
        reports.note(run, session);
        return null;
      }
      numbers.push(identity.slurmJobId);
    }
    run.waitsFor = null;
    return numbers;
  }
}
