import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import type { GitState } from '../../../shared/git.ts';
import type { JobDetail } from '../../../shared/job.ts';
import type { SlurmRequest } from '../../../shared/slurm.ts';
import { isOver } from '../../state/jobState.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { counted, formatDuration, formatGiB, formatTimeOfDay } from '../../ui/format.ts';
import { writeCommandLine } from '../compose/commandLine.ts';
import { PaneTools } from './PanelBar.tsx';
import type { PaneProps } from './PanelBar.tsx';
import { withoutCodes } from './ansi.ts';
import { useJobDetail } from './useJobDetail.ts';
import panel from './JobPanel.module.css';
import styles from './Details.module.css';

/** The Details tab: what was submitted, how it is stopped, what happened to it. */
export function DetailsPane({ job, toolSlot }: PaneProps) {
  const state = useJobDetail(job);
  const { store, commands } = useParts();
  const isGone = useWindow((window) => window.connection !== 'ready');
  const hasFiles = state.kind === 'known' && state.detail.runDirectory !== null && job.startedAt !== null;
  const hasLog = hasFiles && state.detail.logRemoved === null;
  return (
    <>
      <PaneTools slot={toolSlot}>
        <CopyButton label="Copy command" words="Copy command" text={() => writeCommandLine(job.command)} />
        <Button
          small
          icon="file"
          title="Opens the log in the program that the desktop has for text"
          disabled={!hasLog || isGone}
          onClick={() => void commands.openLog(job.id)}
        >
          Open log
        </Button>
        <Button
          small
          icon="folder"
          title="Shows the folder of the run in the file manager"
          disabled={!hasFiles || isGone}
          onClick={() => void commands.showFiles(job.id)}
        >
          Show folder
        </Button>
        {isOver(job) ? (
          <Button
            small
            kind="danger"
            icon="trash"
            title="Deletes this job with its files, after a question"
            disabled={isGone}
            onClick={() => store.setState({ deletion: [job.id] })}
          >
            Delete…
          </Button>
        ) : null}
      </PaneTools>
      <Tabs.Panel value="details" className={panel.pane ?? ''} aria-label={`Details of #${job.id}`}>
        {state.kind === 'waiting' ? <p className={panel.waiting}>…</p> : null}
        {state.kind === 'refused' ? <p className={panel.waiting}>{state.message}</p> : null}
        {state.kind === 'known' ? <Details detail={state.detail} /> : null}
      </Tabs.Panel>
    </>
  );
}

function Details({ detail }: { readonly detail: JobDetail }) {
  const about = useWindow((state) => state.about);
  const isFar = detail.target.kind === 'slurm';
  const gpus =
    detail.gpus === 0
      ? isFar
        ? 'none'
        : 'none: runs in a CPU slot'
      : `${detail.gpus}${isFar ? '' : detail.gpuMemoryMiB === null ? ', whole' : ` with ${formatGiB(detail.gpuMemoryMiB)} GiB each`}`;
  return (
    <div className={styles.details}>
      <dl className={styles.facts}>
        <Fact name="Command">
          <span className={styles.words}>
            {detail.command.map((word, index) => (
              <span key={index} className={styles.token}>
                {word === '' ? "''" : word}
              </span>
            ))}
          </span>
        </Fact>
        <Fact name="Folder">
          <code>{detail.cwd}</code>
        </Fact>
        <Fact name="Commit">{detail.git === null ? null : <Commit git={detail.git} />}</Fact>
        <Fact name="GPUs">{gpus}</Fact>
        <Fact name="Which GPUs">
          {detail.gpuUuids.length > 0
            ? detail.gpuUuids.join(', ')
            : detail.minGpuMemoryMiB === null
              ? null
              : `with ${formatGiB(detail.minGpuMemoryMiB)} GiB or more`}
        </Fact>
        <Fact name="Held GPUs">{detail.heldGpus.length === 0 ? null : detail.heldGpus.join(', ')}</Fact>
        <Fact name="Environment">
          {detail.env.length === 0 ? null : (
            <span className={styles.words}>
              {detail.env.map(({ name, value }) => (
                <span key={name} className={styles.token}>
                  {name}={value ?? '••••••'}
                </span>
              ))}
            </span>
          )}
        </Fact>
        <Fact name="When cancelled">
          {detail.stopSignal}, then {isFar ? 'scancel' : 'SIGKILL'} after {detail.graceSeconds} s
        </Fact>
        <Fact name="Time limit">
          {detail.timeLimitSeconds === null ? null : formatDuration(detail.timeLimitSeconds * 1_000)}
        </Fact>
        <Fact name="After">{detail.after.length === 0 ? null : detail.after.map((id) => `#${id}`).join(', ')}</Fact>
        <Fact name="Priority">{detail.priority === 0 ? null : detail.priority}</Fact>
        <Fact name="State">{detail.sentence}</Fact>
        <Fact name="Run">{detail.attempt > 1 ? `attempt ${detail.attempt}` : null}</Fact>
        <Fact name="Took">
          {detail.startedAt === null || detail.endedAt === null
            ? null
            : formatDuration(detail.endedAt - detail.startedAt)}
        </Fact>
        <Fact name="Runs on">{detail.target.kind === 'slurm' ? `Slurm${slurmWords(detail.target)}` : null}</Fact>
        <Fact name="Slurm’s job">
          {detail.cluster === null ? null : `${detail.cluster.jobId} on ${detail.cluster.name}`}
        </Fact>
        <Fact name="Output there">{detail.cluster === null ? null : <code>{detail.cluster.output}</code>}</Fact>
        <Fact name="Process">{detail.mainPid === null ? null : `pid ${detail.mainPid}`}</Fact>
        <Fact name="Runner">
          {detail.runner === null ? null : detail.runner === about?.runner ? about.runnerPromise : detail.runner}
        </Fact>
        <Fact name="Files">{detail.runDirectory === null ? null : <code>{detail.runDirectory}</code>}</Fact>
        <Fact name="Log">{detail.logRemoved}</Fact>
      </dl>
      <div>
        {detail.lastLines.length === 0 ? null : (
          <>
            <h3 className={styles.head}>Last lines of the log</h3>
            <pre className={styles.lastLines} aria-label="Last lines of the log" tabIndex={0}>
              {detail.lastLines.map(withoutCodes).join('\n')}
            </pre>
          </>
        )}
        <h3 className={styles.head}>What happened</h3>
        <ol className={styles.history}>
          {detail.history.map((entry) => (
            <li key={entry.seq} style={{ display: 'contents' }}>
              <time dateTime={new Date(entry.at).toISOString()}>{formatTimeOfDay(entry.at)}</time>
              <span>{entry.words}</span>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

/** The commit at the submit: what it was, and whether the folder differed from it. */
function Commit({ git }: { readonly git: GitState }) {
  if (git.kind === 'reading') return <span className="faint">git is being asked…</span>;
  if (git.kind === 'unknown') return <>not known: {git.why}</>;
  const { commit, branch, changedFiles, untrackedFiles } = git;
  const changes = [
    changedFiles === 0 ? 'no changes' : counted(changedFiles, 'changed file', 'changed files'),
    ...(untrackedFiles === 0 ? [] : [`${untrackedFiles} untracked`]),
  ];
  return (
    <>
      {commit === null ? 'none yet' : <code title={commit}>{commit.slice(0, 12)}</code>}
      {branch === null ? ', no branch' : ` on ${branch}`}
      {', '}
      <span className={changedFiles > 0 ? styles.changed : undefined}>{changes.join(', ')}</span>
      <span className="faint"> at the submit</span>
    </>
  );
}

function slurmWords({ partition, gpuType, memoryMiB, args }: SlurmRequest): string {
  const parts = [
    partition === null ? null : `partition ${partition}`,
    gpuType === null ? null : `GPU type ${gpuType}`,
    memoryMiB === null ? null : `${formatGiB(memoryMiB)} GiB of memory`,
    ...args,
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
