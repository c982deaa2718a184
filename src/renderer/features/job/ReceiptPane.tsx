import { Tabs } from '@base-ui/react/tabs';
import type { CSSProperties } from 'react';
import type { JobView, Receipt, ReceiptMemory, ReceiptStep } from '../../../shared/job.ts';
import { colourValue } from '../../state/colours.ts';
import { isOver } from '../../state/jobState.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Icon } from '../../ui/Icon.tsx';
import type { IconName } from '../../ui/icons.tsx';
import { formatGap, formatGiB, formatMoment, formatOffset, formatTimeOfDay } from '../../ui/format.ts';
import { PaneTools } from './PanelBar.tsx';
import type { PaneProps } from './PanelBar.tsx';
import { Members } from './ReceiptMembers.tsx';
import { receiptJson, receiptText } from './receiptText.ts';
import { saveText } from './saveText.ts';
import { useJobDetail } from './useJobDetail.ts';
import panel from './JobPanel.module.css';
import styles from './Receipt.module.css';

/** The Receipt tab: the proof a stop left behind. It shows what the core recorded and adds nothing. */
export function ReceiptPane({ job, toolSlot }: PaneProps) {
  const state = useJobDetail(job);
  const receipt = state.kind === 'known' ? state.detail.receipt : null;
  return (
    <>
      <PaneTools slot={toolSlot}>
        {receipt === null ? null : (
          <>
            <CopyButton label="Copy the receipt as text" words="Copy" text={() => receiptText(job, receipt)} />
            <Button
              small
              icon="file"
              title="Saves the receipt as the core has it"
              onClick={() => saveText(`trainyard-${job.id}-receipt.json`, receiptJson(receipt), 'application/json')}
            >
              Save JSON
            </Button>
          </>
        )}
      </PaneTools>
      <Tabs.Panel value="receipt" className={panel.pane ?? ''} aria-label={`Receipt of #${job.id}`}>
        {receipt !== null ? (
          <ReceiptBody job={job} receipt={receipt} />
        ) : (
          <p className={panel.waiting}>
            {state.kind === 'known' ? wordsForNone(job) : state.kind === 'refused' ? state.message : '…'}
          </p>
        )}
      </Tabs.Panel>
    </>
  );
}

function wordsForNone(job: JobView): string {
  return isOver(job) ? 'This run was not stopped: there is no receipt.' : 'A receipt is written when a stop ends.';
}

function ReceiptBody({ job, receipt }: { readonly job: JobView; readonly receipt: Receipt }) {
  const { clock } = useParts();
  const asked = `${formatMoment(receipt.requestedAt, clock.now())} · stop policy ${receipt.stopSignal}, ${receipt.graceMs / 1_000} s`;
  return (
    <div className={styles.receipt}>
      <div className={styles.verdict}>
        <Icon name="shield" />
        <span className="bold">{receipt.verdict}</span>
        <span className="faint cut" title={asked}>
          {asked}
        </span>
      </div>
      <ol className={styles.steps}>
        {receipt.steps.map((step, index) => (
          <Step
            key={`${step.rung} ${index}`}
            step={step}
            next={receipt.steps[index + 1] ?? null}
            requestedAt={receipt.requestedAt}
          />
        ))}
      </ol>
      <div className={styles.columns}>
        <div className={styles.lists}>
          <Members receipt={receipt} />
        </div>
        <div className={styles.facts}>
          {receipt.memory.map((memory) => (
            <MemoryChange key={memory.gpu} memory={memory} jobId={job.id} />
          ))}
          <ul className={styles.proofs}>
            {[
              // What runs on a cluster is not seen by the app: there its word stands alone.
              ...(job.target.kind === 'slurm'
                ? []
                : [
                    `${receipt.membersGone === 1 ? '1 process was seen and is' : `${receipt.membersGone} processes were seen and are`} gone, ${receipt.survivors} are left`,
                  ]),
              ...receipt.proofs,
            ].map((proof) => (
              <li key={proof}>
                <Icon name="check" />
                <span>{proof}</span>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </div>
  );
}

const STEP_LOOKS: Readonly<
  Record<
    ReceiptStep['rung'],
    { readonly title: string; readonly icon: IconName; readonly look: 'stop' | 'kill' | 'proof' }
  >
> = {
  asked: { title: 'Asked', icon: 'asked', look: 'stop' },
  main: { title: 'to main', icon: 'send', look: 'stop' },
  orphans: { title: 'to those left behind', icon: 'send', look: 'stop' },
  rest: { title: 'to the rest', icon: 'send', look: 'stop' },
  kill: { title: 'to all that is left', icon: 'bolt', look: 'kill' },
  extended: { title: 'More time', icon: 'asked', look: 'stop' },
  'main-exit': { title: 'Main ended', icon: 'completed', look: 'stop' },
  stuck: { title: 'Stuck', icon: 'stuck', look: 'kill' },
  empty: { title: 'Empty', icon: 'completed', look: 'proof' },
  verified: { title: 'Verified', icon: 'completed', look: 'proof' },
};

interface StepProps {
  readonly step: ReceiptStep;
  readonly next: ReceiptStep | null;
  readonly requestedAt: number;
}

function Step({ step, next, requestedAt }: StepProps) {
  const { title, icon, look } = STEP_LOOKS[step.rung];
  const isSignal = step.signal !== null && step.rung !== 'main-exit';
  // Slurm sends its own where it is asked to end a job.
  const isAsked = step.signal === null && step.rung === 'kill';
  return (
    <li className={styles.step}>
      <span className={`${styles.sign} ${look === 'stop' ? '' : styles[look]}`}>
        <Icon name={icon} />
      </span>
      {next === null ? null : <span className={styles.gap}>{formatGap(next.at - step.at)}</span>}
      <h3>{isAsked ? 'scancel' : isSignal ? `${step.signal} ${title}` : title}</h3>
      <div className={styles.at}>
        {step.rung === 'asked' ? formatTimeOfDay(step.at, true) : formatOffset(step.at - requestedAt)}
      </div>
      <p>{step.words}</p>
    </li>
  );
}

function MemoryChange({ memory, jobId }: { readonly memory: ReceiptMemory; readonly jobId: number }) {
  const gpu = useWindow((state) => state.gpus.gpus.find(({ uuid }) => uuid === memory.gpu) ?? null);
  const colour = useWindow((state) => colourValue(state.colours, jobId));
  const total = gpu?.memoryTotalMiB ?? Math.max(memory.beforeMiB ?? 0, memory.afterMiB ?? 0, 1);
  const rows = [
    { name: 'Before', mib: memory.beforeMiB },
    { name: 'After', mib: memory.afterMiB },
  ];
  return (
    <div className={styles.memory}>
      <span className="medium">{gpu?.index === null || gpu === null ? memory.gpu : `GPU ${gpu.index}`} memory</span>
      {rows.map(({ name, mib }) => (
        <div key={name} style={{ display: 'contents' }}>
          <span>{name}</span>
          <span className={styles.track}>
            <i
              style={
                {
                  width: `${Math.min(100, ((mib ?? 0) / total) * 100)}%`,
                  ...(colour === null ? {} : { '--j': colour }),
                } as CSSProperties
              }
            />
          </span>
          <span className={styles.number}>
            <b className="bold">{mib === null ? '—' : formatGiB(mib)}</b>
            {gpu?.memoryTotalMiB === null || gpu === null ? ' GiB' : ` / ${formatGiB(total)} GiB`}
          </span>
        </div>
      ))}
    </div>
  );
}
