import { expect, test } from 'vitest';
import { createHistoryStore } from '../../../src/main/core/db/historyStore.ts';
import { openDatabase } from '../../../src/main/core/db/open.ts';
import { sortJobs } from '../../../src/renderer/state/sort.ts';
import { HISTORY_SORTS } from '../../../src/shared/contract.ts';
import { TestYard } from '../../helpers/core.ts';
import { fillHistory } from '../../helpers/longHistory.ts';
import { SHIPPED, TestFolder } from './folder.ts';

const ALL = { sort: 'time', descending: true, statuses: null, search: null } as const;

test('the list of finished jobs is ordered as the window orders those it has, for every key and both ways', async () => {
  await using yard = new TestYard();
  await yard.close();
  fillHistory(`${yard.home}/data`, 60);
  yard.open();
  await yard.get('jobs.submit', { command: ['true'], cwd: yard.home });
  await yard.until(61, 'completed');
  const { jobs } = await yard.get('snapshot.get', {});
  for (const sort of HISTORY_SORTS)
    for (const descending of [true, false]) {
      const { jobIds } = await yard.get('jobs.order', { sort, descending });
      expect(jobIds, `${sort}, ${descending ? 'descending' : 'ascending'}`).toEqual(
        sortJobs(jobs, { by: sort, descending }).map(({ id }) => id),
      );
    }
  const { jobs: some } = await yard.get('jobs.getMany', { jobIds: [7, 3, 99] });
  expect(some.map(({ id }) => id).sort()).toEqual([3, 7]);
});

test('every word of a search stands somewhere in number, name, command or folder, and signs of LIKE are themselves', () => {
  using folder = new TestFolder();
  fillHistory(folder.path, 200);
  using history = { db: openDatabase(folder.at('queue.sqlite'), SHIPPED), [Symbol.dispose]: () => history.db.close() };
  const found = (search: string) => createHistoryStore(history.db).order({ ...ALL, search });
  expect(found('#150')).toEqual([150]);
  expect(found('run_77.yaml')).toEqual([77]);
  expect(found('WHISPER  gpt-lab 19')).toEqual([199, 194, 119, 19]);
  expect(found('run%77')).toEqual([]);
  expect(found('whisper nowhere')).toEqual([]);
  const failed = createHistoryStore(history.db).order({ ...ALL, statuses: ['failed'] });
  expect([failed.length, failed[0]]).toEqual([40, 198]);
  expect(createHistoryStore(history.db).order({ ...ALL, statuses: [] })).toEqual([]);
});
