import type { JobView, Receipt } from '../../../shared/job.ts';
import { formatGiB, formatOffset } from '../../ui/format.ts';

/** A receipt as plain text, for tickets and mails. */
export function receiptText(job: Pick<JobView, 'id' | 'name'>, receipt: Receipt): string {
  const lines = [
    `#${job.id} ${job.name}: ${receipt.verdict}`,
    `asked ${new Date(receipt.requestedAt).toISOString()}, stop policy ${receipt.stopSignal}, ${receipt.graceMs / 1_000} s`,
    '',
    ...receipt.steps.map((step) => `${formatOffset(step.at - receipt.requestedAt).padStart(10)}  ${step.words}`),
    '',
    ...receipt.members.map(
      ({ pid, command, signals, ended, goneBy }) =>
        `pid ${pid}  ${command ?? '(not seen by the app)'}  ${signals === null ? 'signals not known' : signals.join(', ') || 'no signal'}  ${ended}  gone by ${formatOffset(goneBy - receipt.requestedAt)}`,
    ),
    ...(receipt.membersNotListed === 0 ? [] : [`${receipt.membersNotListed} more processes of the run, not listed`]),
    ...(receipt.members.length === 0 ? [] : ['']),
    ...receipt.memory.map(({ gpu, beforeMiB, afterMiB }) => `${gpu}: ${gib(beforeMiB)} before, ${gib(afterMiB)} after`),
    ...receipt.proofs,
  ];
  return `${lines.join('\n')}\n`;
}

/** A receipt as the core gives it. */
export function receiptJson(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}

function gib(mib: number | null): string {
  return mib === null ? 'not known' : `${formatGiB(mib)} GiB`;
}
