import { FuseV1Options } from '@electron/fuses';

/** A switch inside Electron's executable: how it is set in the package, and why. */
interface Fuse {
  readonly option: FuseV1Options;
  readonly on: boolean;
  readonly why: string;
}

/** Every fuse there is, set to the least that the app needs. docs/install.md repeats the reasons. */
export const FUSES: readonly Fuse[] = [
  {
    option: FuseV1Options.RunAsNode,
    on: true,
    why: 'the terminal command, `trainyard serve`, the portable runner and the samples run on it: no other Node is shipped',
  },
  {
    option: FuseV1Options.EnableCookieEncryption,
    on: false,
    why: 'no page sets a cookie; on, it would ask for the keyring',
  },
  {
    option: FuseV1Options.EnableNodeOptionsEnvironmentVariable,
    on: false,
    why: 'a NODE_OPTIONS meant for a trainer must not load code into the app',
  },
  {
    option: FuseV1Options.EnableNodeCliInspectArguments,
    on: false,
    why: 'no debugger may be attached to the main process from outside',
  },
  {
    option: FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
    on: true,
    why: 'the archive is checked against its hash on macOS and Windows; Linux has no such check and ignores the fuse',
  },
  { option: FuseV1Options.OnlyLoadAppFromAsar, on: true, why: 'no other code is taken for the app' },
  {
    option: FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
    on: false,
    why: 'there is no such snapshot',
  },
  {
    option: FuseV1Options.GrantFileProtocolExtraPrivileges,
    on: false,
    why: 'the page comes by a protocol of its own (src/main/shell/window/pageProtocol.ts): no file: page needs to read other files',
  },
  {
    option: FuseV1Options.WasmTrapHandlers,
    on: true,
    why: 'Electron’s default: without it WebAssembly checks each access to memory in code',
  },
];
