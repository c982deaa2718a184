import { dialog, shell } from 'electron';
import type { BrowserWindow } from 'electron';
import { SHELL_ROUTES } from '../../../shared/shellContract.ts';
import type { JobDetail } from '../../../shared/job.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { ApiError, Envelope } from '../../../shared/contract.ts';
import { createRouter } from '../../core/api/router.ts';
import type { HandlersOf, Router } from '../../core/api/router.ts';
import type { Core } from '../../core/createCore.ts';
import { join } from 'node:path';

/** The routes about the app itself: its window, quitting, and the end of the queue. */
export type ShellDesk = Pick<
  HandlersOf<typeof SHELL_ROUTES>,
  | 'shell.about'
  | 'shell.installUpdate'
  | 'shell.begin'
  | 'shell.looking'
  | 'shell.quit'
  | 'shell.quitDrawn'
  | 'shell.answerQuit'
  | 'shell.stopWhenDone'
>;

/** Answers what only the desktop app can do for its window. */
export function createShellRouter(core: Core, window: BrowserWindow, desk: ShellDesk): Router {
  async function filesOf(jobId: number): Promise<Result<string, ApiError>> {
    const answer = (await core.router(
      'jobs.get',
      { jobId },
      { origin: 'window', signal: new AbortController().signal },
    )) as Envelope<JobDetail>;
    if (!answer.ok) return refused(answer.error);
    const { runDirectory } = answer.data;
    return runDirectory === null
      ? refused({ code: 'REFUSED', message: `Job ${jobId} has not run yet: it has no files.` })
      : ok(runDirectory);
  }

  return createRouter(
    SHELL_ROUTES,
    {
      'shell.openLog': async ({ jobId }) => {
        const files = await filesOf(jobId);
        return files.ok ? opened(await shell.openPath(join(files.value, 'output.log'))) : files;
      },
      'shell.showFiles': async ({ jobId }) => {
        const files = await filesOf(jobId);
        return files.ok ? opened(await shell.openPath(files.value)) : files;
      },
      'shell.chooseFolder': async ({ from }) => {
        const { canceled, filePaths } = await dialog.showOpenDialog(window, {
          title: 'Folder the command runs in',
          properties: ['openDirectory', 'createDirectory'],
          ...(from === '' ? {} : { defaultPath: from }),
        });
        return ok({ path: canceled ? null : (filePaths[0] ?? null) });
      },
      ...desk,
    },
    core.onBug,
  );
}

/** Electron answers with what went wrong, and with the empty text when nothing did. */
function opened(problem: string): Result<null, ApiError> {
  return problem === '' ? ok(null) : refused({ code: 'REFUSED', message: `It could not be opened: ${problem}` });
}
