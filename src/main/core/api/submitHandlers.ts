import type { ROUTES, ApiError } from '../../../shared/contract.ts';
import type { ParsedSubmission } from '../../../shared/job.ts';
import { ok } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import type { Job, JobSpec } from '../domain/job.ts';
import type { GpuMonitor } from '../gpu/monitor.ts';
import type { Provenance } from '../provenance/provenance.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import type { Preview } from '../queue/preview.ts';
import { jobSpecOf, jobSpecsOf } from './jobSpec.ts';
import type { HandlersOf } from './router.ts';

/** What a submission is checked against and handed to. */
export interface SubmitParts {
  readonly queue: JobQueue;
  readonly jobs: JobStore;
  readonly settings: SettingsStore;
  readonly gpus: Pick<GpuMonitor, 'snapshot'>;
  readonly preview: Preview;
  readonly provenance: Provenance;
}

/** Submits one job or many, or says what a submission would come to; nothing is added that would have been refused. */
export function submitHandlers({
  queue,
  jobs,
  settings,
  gpus,
  preview,
  provenance,
}: SubmitParts): Pick<HandlersOf<typeof ROUTES>, 'jobs.submit' | 'jobs.submitMany' | 'jobs.preview'> {
  const specOf = (input: ParsedSubmission): Result<JobSpec, ApiError> =>
    jobSpecOf(input, {
      settings: settings.get(),
      gpus: gpus.snapshot().gpus,
      jobExists: (id) => queue.get(id) !== null,
    });

  /** A folder of a cluster that is reached by ssh is not on this machine, or is another one here. */
  function findGit({ id, spec }: Job): void {
    if (spec.target.kind === 'local' || settings.get().slurmTarget !== 'ssh') provenance.submitted(id, spec.cwd);
  }

  return {
    'jobs.submit': (input) => {
      const spec = specOf(input);
      if (!spec.ok) return spec;
      const job = queue.submit(spec.value, input);
      findGit(job);
      return ok(queue.view(job));
    },
    'jobs.submitMany': ({ jobs: submissions }) => {
      const specs = jobSpecsOf(submissions, {
        settings: settings.get(),
        gpus: gpus.snapshot().gpus,
        jobExists: (id) => jobs.statusOf(id) !== null,
      });
      if (!specs.ok) return specs;
      const added = queue.submitMany(specs.value);
      for (const job of added) findGit(job);
      return ok({ jobs: added.map(({ id, spec, state }) => ({ id, name: spec.name, status: state.status })) });
    },
    'jobs.preview': (input) => {
      const spec = specOf(input);
      return spec.ok ? ok({ sentences: preview(spec.value, input) }) : spec;
    },
  };
}
