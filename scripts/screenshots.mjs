// npm run screenshots: makes the pictures of the README anew, from the real app on a simulated machine with GPUs.
import { runOnDisplay } from './demo/onDisplay.mjs';

process.exitCode = await runOnDisplay('pictures.ts');
