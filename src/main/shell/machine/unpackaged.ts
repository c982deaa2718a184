import { app } from 'electron';

/** A variable that only an app from a clone reads: with it a test puts a program or a time in a real one's place. */
export function unpackagedOnly(name: string): string | null {
  return app.isPackaged ? null : process.env[name] || null;
}
