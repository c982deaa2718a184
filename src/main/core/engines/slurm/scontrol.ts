import type { Ms } from '../../domain/job.ts';
import type { SlurmExit, SlurmJob } from './slurmJob.ts';

/** One line of `scontrol --oneliner` as its names and values. A value goes up to the next ` Name=`. */
export function fieldsOf(line: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, name = '', value = ''] of line.matchAll(
    /(?:^|\s)([A-Za-z][\w:/]*)=(.*?)(?=\s+[A-Za-z][\w:/]*=|\s*$)/g,
  )) {
    if (!fields.has(name)) fields.set(name, value.trim());
  }
  return fields;
}

/** What `scontrol show config` says, by lower-case name. */
export function configOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^(\w+)\s*=\s*(.*)$/gm)].map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()]),
  );
}

/** A number of seconds in a value such as `30 sec`; null when there is none. */
export function secondsOf(value: string | undefined): number | null {
  const found = /^(\d+)/.exec(value ?? '');
  return found === null ? null : Number(found[1]);
}

/** The job of a line of `scontrol --oneliner show job`, with times as seconds (SLURM_TIME_FORMAT=%s); null for anything else. */
export function jobOfLine(line: string): SlurmJob | null {
  const fields = fieldsOf(line);
  const id = Number(fields.get('JobId'));
  const state = fields.get('JobState');
  if (!Number.isInteger(id) || state === undefined) return null;
  const array = Number(fields.get('ArrayJobId') ?? id);
  return {
    id,
    submittedAs: array,
    states: state.split(/[+,]/),
    reason: given(fields.get('Reason')) ?? 'None',
    comment: given(fields.get('Comment')) ?? '',
    partition: given(fields.get('Partition')) ?? '',
    nodes: given(fields.get('NodeList')) ?? '',
    startTime: timeOf(fields.get('StartTime')),
    endTime: timeOf(fields.get('EndTime')),
    exit: exitOf(fields.get('ExitCode')),
  };
}

/** `code:signal`, as scontrol and sacct write an end. */
export function exitOf(text: string | undefined): SlurmExit | null {
  const found = /^(\d+):(\d+)$/.exec(text ?? '');
  if (found === null) return null;
  const signal = Number(found[2]);
  return { code: Number(found[1]), signal: signal === 0 ? null : signal };
}

/** Seconds since 1970, as Slurm writes a time when it is asked to; null for `Unknown` and the like. */
export function timeOf(text: string | undefined): Ms | null {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) * 1_000 : null;
}

function given(value: string | undefined): string | null {
  return value === undefined || value === '' || value === '(null)' ? null : value;
}
