import { describe, expect, test } from 'vitest';
import { ERROR_CODES, ROUTES } from '../../src/shared/contract.ts';
import { STATUS_OF } from '../../src/main/core/api/http/wire.ts';
import { FINISHED_STATUSES, isFinished, JOB_STATUSES, LIVE_STATUSES, STOP_STAGES } from '../../src/shared/job.ts';
import { settingsPatchSchema, settingsSchema } from '../../src/shared/settings.ts';
import { STOP_SIGNALS, STOP_SIGNAL_NAMES } from '../../src/shared/signals.ts';

const NAMES = Object.keys(ROUTES) as readonly (keyof typeof ROUTES)[];

describe('the list of routes', () => {
  test.for(NAMES)('%s is called resource.verb', (name) => {
    expect(name).toMatch(/^[a-z]+\.[a-z]+(?:[A-Z][a-z]+)*$/);
  });

  test.for(NAMES)('%s refuses a field it does not know', (name) => {
    const result = ROUTES[name].input.safeParse({ aFieldOfTomorrow: 1 });
    expect(result.success).toBe(false);
    expect(result.error?.issues).toContainEqual(
      expect.objectContaining({ code: 'unrecognized_keys', keys: ['aFieldOfTomorrow'] }),
    );
  });

  test.for(NAMES)('%s refuses what is no object', (name) => {
    for (const input of [null, 7, 'text', [], true]) expect(ROUTES[name].input.safeParse(input).success).toBe(false);
  });

  test('a request that needs nothing takes nothing and an empty object', () => {
    for (const name of ['snapshot.get', 'gpus.get', 'settings.get', 'samples.list', 'about.get'] as const) {
      expect(ROUTES[name].input.parse(undefined)).toEqual({});
      expect(ROUTES[name].input.parse({})).toEqual({});
    }
  });
});

describe('words that everybody shares', () => {
  test('six statuses, nowhere a seventh, and a stop is none of them', () => {
    expect(JOB_STATUSES).toEqual(['queued', 'pending', 'running', 'completed', 'failed', 'cancelled']);
    expect(['queued', ...LIVE_STATUSES, ...FINISHED_STATUSES].sort()).toEqual([...JOB_STATUSES].sort());
    expect(JOB_STATUSES.filter(isFinished)).toEqual(FINISHED_STATUSES);
    for (const stage of STOP_STAGES) expect(JOB_STATUSES).not.toContain(stage);
  });

  test('each error code has the HTTP status that says the same', () => {
    expect(Object.keys(STATUS_OF).sort()).toEqual(Object.keys(ERROR_CODES).sort());
    expect(STATUS_OF).toEqual({
      UNKNOWN_ROUTE: 404,
      INVALID_INPUT: 400,
      FORBIDDEN: 403,
      NOT_FOUND: 404,
      REFUSED: 409,
      DATABASE: 503,
      INTERNAL: 500,
    });
  });

  test('stop signals have their Linux numbers, and SIGKILL is none', () => {
    expect(STOP_SIGNALS).toEqual({ SIGTERM: 15, SIGINT: 2, SIGHUP: 1, SIGQUIT: 3, SIGUSR1: 10, SIGUSR2: 12 });
    expect(STOP_SIGNAL_NAMES).not.toContain('SIGKILL');
  });

  test('everything that can be set can also be changed, and the defaults pass the check of a change', () => {
    const defaults = settingsSchema.parse({});
    expect(Object.keys(settingsPatchSchema.shape).sort()).toEqual(Object.keys(defaults).sort());
    expect(settingsPatchSchema.parse(defaults)).toEqual(defaults);
  });
});
