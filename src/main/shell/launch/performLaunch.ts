import { z } from 'zod';
import type { Envelope } from '../../../shared/contract.ts';
import type { JobView } from '../../../shared/job.ts';
import { assertNever } from '../../../shared/result.ts';
import type { Core } from '../../core/createCore.ts';
import type { Desktop } from '../desktop.ts';
import { launchOf } from './launch.ts';
import type { Launch } from './launch.ts';
import { submissionOf } from './submitWords.ts';

/** A start of the app: its own words and the folder they were typed in. */
export interface Start {
  readonly words: readonly string[];
  readonly cwd: string;
}

const startSchema = z.object({ words: z.array(z.string()).max(10_000), cwd: z.string() });

/** What a second instance handed over; one that says nothing that can be read only shows the window. */
export function startOf(given: unknown): Start {
  const parsed = startSchema.safeParse(given);
  return parsed.success ? parsed.data : { words: [], cwd: '/' };
}

/** What performing a start needs. */
export interface LaunchParts {
  readonly core: Pick<Core, 'router'>;
  readonly desktop: Pick<Desktop, 'show' | 'reveal' | 'notice'>;
  /** Starts in the tray, without a window. */
  readonly hide: () => void;
}

/** Does what a start asks for, whether it is this app's own or that of a second one. What became of it is shown in the window. */
export async function performLaunch({ words, cwd }: Start, { core, desktop, hide }: LaunchParts): Promise<void> {
  const launch: Launch = launchOf(words);
  switch (launch.kind) {
    case 'open':
      return launch.hidden ? hide() : desktop.show();
    case 'link':
      if (launch.jobId !== null) return desktop.reveal(launch.jobId, null);
      desktop.show();
      return desktop.notice(`${launch.text.slice(0, 100)} is no link to a job: those look like trainyard://job/12.`);
    case 'submit': {
      desktop.show();
      const parsed = submissionOf(launch.words, cwd);
      if (!parsed.ok) return desktop.notice(`Nothing was submitted: ${parsed.error}`);
      const context = { origin: 'cli', signal: new AbortController().signal } as const;
      const answer = (await core.router('jobs.submit', parsed.value, context)) as Envelope<JobView>;
      if (answer.ok) desktop.reveal(answer.data.id, 'log');
      else desktop.notice(`Nothing was submitted: ${answer.error.message}`);
      return;
    }
    default:
      return assertNever(launch, 'launch');
  }
}
