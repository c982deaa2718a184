import { expect, test } from 'vitest';
import { documentOf } from '../../../scripts/bench/document.ts';
import { MEASURES } from '../../../scripts/bench/measures.ts';
import { missed, tableOf } from '../../../scripts/bench/table.ts';
import type { Row } from '../../../scripts/bench/table.ts';

const rows: readonly Row[] = [
  {
    name: 'cancel',
    title: 'cancel',
    seconds: 61,
    error: null,
    samples: { ours: [1, 2] },
    figures: [
      {
        what: 'cancel | against a floor',
        value: 1.234,
        unit: 'x',
        bound: { is: 'at most', value: 3 },
        beside: 'floor 2 ms',
      },
      {
        what: '… worst',
        value: 12_345.6,
        unit: '/s',
        bound: { is: 'at least', value: 20_000 },
        beside: 'tsp',
        note: 'why\nso',
      },
      { what: 'memory', value: 60, unit: 'MiB', bound: null, beside: '' },
    ],
  },
  { name: 'window', title: 'window', seconds: 1, error: 'no display', samples: {}, figures: [] },
];

test('a line for each figure, with its bound and whether it holds; cells cannot break the table', () => {
  expect(tableOf(rows).split('\n')).toEqual([
    '| measure | measured | must reach | | beside it, in the same run |',
    '|---|---:|---:|---|---|',
    String.raw`| cancel \| against a floor | 1.23 × | ≤ 3 × | ✓ | floor 2 ms |`,
    '| … worst | 12,346 /s | ≥ 20,000 /s | ✗ | tsp. why so |',
    '| memory | 60 MiB |  |  |  |',
    '| window | not taken |  | ✗ | no display |',
  ]);
});

test('what misses its figure and what could not be taken are both told', () => {
  expect(missed(rows)).toEqual(['cancel: … worst: 12,346 /s', 'window: no display']);
});

test('the page says when, where and with what it was measured, and counts what is missed', () => {
  const facts = {
    date: '2026-11-26',
    system: 'linux 6',
    processor: 'a CPU',
    cores: 2,
    memoryGib: 23,
    load: 0.4,
    versions: { node: '24', tsp: '1.0' },
  };
  const page = documentOf(facts, rows);
  for (const words of [
    '2026-11-26',
    'linux 6',
    '2 × a CPU',
    'node 24',
    'Of 2 figures with a bound 2 are not',
    '2 minutes',
  ])
    expect(page).toContain(words);
});

test('every measure has a name of its own', () => {
  const names = MEASURES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
});
