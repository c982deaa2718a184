import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renamed, toCamel, toSnake } from '../../../src/main/core/api/http/names.ts';
import { errorOnTheWire } from '../../../src/main/core/api/http/wire.ts';
import { ROUTES } from '../../../src/shared/contract.ts';
import type { AboutView, CancelAnswer, Change, LogPart, QueueView } from '../../../src/shared/contract.ts';
import type { GpuProcess, GpuSnapshot, GpuView } from '../../../src/shared/gpu.ts';
import type {
  JobDetail,
  Outcome,
  Progress,
  Receipt,
  ReceiptMemory,
  ReceiptStep,
  StopView,
} from '../../../src/shared/job.ts';
import { settingsSchema } from '../../../src/shared/settings.ts';

/** Every name in a JSON schema, at any depth. */
function namesIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties'
      ? [...Object.keys(value as object), ...Object.values(value as object).flatMap(namesIn)]
      : namesIn(value),
  );
}
const INPUT_NAMES = [...Object.values(ROUTES).map((route) => route.input), settingsSchema].flatMap((input) =>
  namesIn(input.toJSONSchema({ io: 'input', unrepresentable: 'any' })),
);

/** The names of what is answered; a name that the types do not have does not compile, a new one is missed by the type below. */
type AnswerName =
  | keyof JobDetail
  | keyof StopView
  | keyof Receipt
  | keyof ReceiptStep
  | keyof ReceiptMemory
  | keyof Progress
  | keyof GpuView
  | keyof GpuProcess
  | keyof GpuSnapshot
  | keyof QueueView
  | keyof Change
  | keyof CancelAnswer
  | keyof LogPart
  | keyof AboutView
  | (Outcome extends infer O ? (O extends Outcome ? keyof O : never) : never);
const HARD_ANSWER_NAMES = [
  'gpuMemoryMiB',
  'minGpuMemoryMiB',
  'memoryTotalMiB',
  'memoryUsedMiB',
  'beforeMiB',
  'afterMiB',
  'graceMs',
  'nextOffset',
  'pciBusId',
  'coreDumped',
  'utilizationPercent',
  'processesSampledAt',
  'heldGpus',
  'mig',
  'jobId',
  'cpuSlots',
  'runnerPromise',
  'timeLimitSeconds',
] as const satisfies readonly AnswerName[];

describe('names on the wire', () => {
  test.for<[string, string]>([
    ['jobId', 'job_id'],
    ['gpuMemoryMiB', 'gpu_memory_mib'],
    ['minGpuMemoryMiB', 'min_gpu_memory_mib'],
    ['stopSignal', 'stop_signal'],
    ['graceSeconds', 'grace_seconds'],
    ['nextOffset', 'next_offset'],
    ['name', 'name'],
  ])('%s is %s', ([inside, wire]) => {
    expect(toSnake(inside)).toBe(wire);
    expect(toCamel(wire)).toBe(inside);
  });

  test('every field of the contract is snake_case out there and itself again in here', () => {
    const names = [...new Set([...INPUT_NAMES, ...HARD_ANSWER_NAMES])];
    expect(names).toEqual(expect.arrayContaining(['jobId', 'gpuMemoryMiB', 'defaultGraceSeconds', 'before']));
    for (const name of names) {
      expect(toSnake(name)).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      expect(toCamel(toSnake(name))).toBe(name);
    }
  });

  test('no two fields of the contract share a name on the wire', () => {
    const names = [...new Set([...INPUT_NAMES, ...HARD_ANSWER_NAMES])];
    expect(new Set(names.map(toSnake)).size).toBe(names.length);
  });

  test('for any snake_case name the way in and out is lossless', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,6}(_[a-z]{1,6}){0,4}$/), (wire) => {
        expect(toSnake(toCamel(wire))).toBe(wire);
      }),
    );
  });

  test('a name that is none of ours comes back in an error as the client wrote it', () => {
    for (const wire of ['max_steps', 'MAX_STEPS', 'Priority', '_x']) {
      const inside = toCamel(wire);
      const body = errorOnTheWire({
        code: 'INVALID_INPUT',
        field: inside,
        message: `${inside}: is not a field of this request`,
      });
      expect(body).toMatchObject({ error: { field: wire, message: `${wire}: is not a field of this request` } });
    }
  });

  test('an error about a variable names it as it is', () => {
    const body = errorOnTheWire({
      code: 'INVALID_INPUT',
      field: 'env.HF_TOKEN',
      message: 'env.HF_TOKEN: must not contain a NUL character',
    });
    expect(body).toMatchObject({
      error: { field: 'env.HF_TOKEN', message: 'env.HF_TOKEN: must not contain a NUL character' },
    });
  });
});

describe('renaming a whole value', () => {
  test('goes to any depth and into lists', () => {
    expect(
      renamed({ jobId: 1, stop: { deadlineAt: 2 }, gpus: [{ memoryUsedMiB: 3 }, 'plainText', null] }, toSnake),
    ).toEqual({
      job_id: 1,
      stop: { deadline_at: 2 },
      gpus: [{ memory_used_mib: 3 }, 'plainText', null],
    });
  });

  test('leaves the names of variables alone, in both directions: they are the user’s', () => {
    const job = { env: { myVar: 'x', MY_VAR: 'y', my_var: 'z' } };
    expect(renamed(job, toSnake)).toEqual(job);
    expect(renamed(job, toCamel)).toEqual(job);
  });

  test('a __proto__ in the JSON of a client stays a plain field', () => {
    const value = renamed(JSON.parse('{"__proto__":{"admin":true}}'), toCamel) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('admin' in value).toBe(false);
  });

  test('for any JSON value: the way in and out is lossless', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}(_[a-z]{1,5}){0,2}$/), tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(value, (json) => {
        expect(renamed(renamed(json, toCamel), toSnake)).toEqual(json);
      }),
    );
  });
});
