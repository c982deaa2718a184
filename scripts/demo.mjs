// npm run demo: set-up, then the main job of the app, proved without a person; pictures in screenshots/demo/.
import { runOnDisplay } from './demo/onDisplay.mjs';

process.exitCode = await runOnDisplay('mainJob.ts');
