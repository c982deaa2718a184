import type { Hazard } from './catalogue.ts';
import { performApp } from './performApp.ts';
import type { Performance } from './performance.ts';
import { performRun } from './performRun.ts';
import { performRunnerKilled } from './performRunnerKilled.ts';
import type { NativeBuild, TestRunner } from './runners.ts';

/** Performs a hazard once, with this runner. Ends everything it started; throws where it could not even begin. */
export async function perform(hazard: Hazard, runner: TestRunner, build: NativeBuild): Promise<Performance> {
  switch (hazard.kind) {
    case 'run':
      return await performRun(hazard, runner, build);
    case 'runner killed':
      return await performRunnerKilled(hazard, runner);
    case 'app killed':
      return await performApp(hazard, runner);
  }
}
