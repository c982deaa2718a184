import { describe, expect, test } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import type { Hazard } from './catalogue.ts';
import { WITNESS } from './groundTruth.ts';
import { lacking } from './machine.ts';
import { perform } from './perform.ts';
import { RUNNERS } from './runners.ts';
import type { TestRunner } from './runners.ts';

console.info(`survivors are told by ${WITNESS}`);

/** The words of the test: what the machine cannot do and what a runner cannot do stand in them. */
function titleOf({ title, ...hazard }: Hazard, runner: TestRunner, why: string | null): string {
  if (why !== null) return `${title} [skipped: ${why}]`;
  return runner === 'portable' && hazard.portableHole !== undefined ? `${title} [hole]` : title;
}

const isAlone = (hazard: Hazard): boolean => hazard.kind === 'run' && hazard.alone;
// Those that may be beside each other come first, in one go.
const ORDER = [...CATALOGUE.filter((hazard) => !isAlone(hazard)), ...CATALOGUE.filter(isAlone)];

describe.each(RUNNERS)('%s runner', (runner) => {
  for (const hazard of ORDER) {
    const why = lacking(hazard.needs);
    const hole = runner === 'portable' ? hazard.portableHole : undefined;
    test.skipIf(why !== null)(titleOf(hazard, runner, why), { concurrent: !isAlone(hazard) }, async () => {
      const came = await perform(hazard, runner, 'of the sources');
      if (came.survivors > 0 && hole !== undefined)
        console.info(`${hazard.name}: ${came.survivors} left. ${hole.sentence}`);
      expect(came).toMatchObject({ ended: true, problems: [], wrongKills: 0, checkpointsLost: 0 });
      expect(came.survivors, hole?.sentence ?? 'processes left behind').toBeLessThanOrEqual(hole?.survivors ?? 0);
    });
  }
});
