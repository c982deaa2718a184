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
    ...receipt.memory.map(({ gpu, beforeMiB, afterMiB }) => `${gpu}: ${gib(beforeMiB)} before, ${gib(afterMiB)} after`),
    ...receipt.proofs,
  ];
  return `${lines.join('\n')}\n`;
}

function gib(mib: number | null): string {
  return mib === null ? 'not known' : `${formatGiB(mib)} GiB`;
}
