// Run by the pinned Node 24, because @electron/fuses needs it: node flipStandInFuses.mjs <executable>
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';

await flipFuses(process.argv[2] ?? '', {
  version: FuseVersion.V1,
  // The snapshot file held the other app and is gone.
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  // Playwright drives the app through --inspect.
  [FuseV1Options.EnableNodeCliInspectArguments]: true,
});
