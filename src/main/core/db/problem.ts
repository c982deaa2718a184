/** What is wrong with the database, for people and for code. */
export type DatabaseProblemCode = 'newer' | 'corrupt' | 'read-only' | 'full' | 'in-use' | 'unreadable';

/** The database cannot be used. The file is as it was. The message says what to do. */
export class DatabaseProblem extends Error {
  readonly code: DatabaseProblemCode;
  /** The schema's version, where the problem is that it is newer. */
  readonly version: number | null;

  constructor(code: DatabaseProblemCode, message: string, cause?: unknown, version: number | null = null) {
    super(message, { cause });
    this.name = 'DatabaseProblem';
    this.code = code;
    this.version = version;
  }

  /** The file was written by a later Trainyard. */
  static newer(path: string, version: number, known: number): DatabaseProblem {
    return new DatabaseProblem(
      'newer',
      `The queue database ${path} was written by a newer Trainyard (schema ${version}, this one knows ${known}). Nothing was changed. Install the newer version, or choose another data folder with TRAINYARD_HOME.`,
      undefined,
      version,
    );
  }

  /** The file is no database, or pages of it are damaged. */
  static corrupt(path: string | null, cause: unknown): DatabaseProblem {
    return new DatabaseProblem(
      'corrupt',
      `The queue database ${path === null ? '' : `${path} `}is damaged. Nothing was changed. Move it away and start again, or put back a copy from the backups folder beside it.`,
      cause,
    );
  }

  /** The problem that an error of SQLite, or of a file beside it, stands for, or null when it is none of the file's. */
  static of(error: unknown, path: string | null): DatabaseProblem | null {
    if (error instanceof DatabaseProblem) return error;
    const file = path === null ? 'The queue database' : `The queue database ${path}`;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
      return DatabaseProblem.corrupt(path, error);
    }
    if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_PERM' || code === 'EROFS') {
      return new DatabaseProblem(
        'read-only',
        `${file} cannot be written: check the permissions of the file and its folder.`,
        error,
      );
    }
    if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR') || code === 'ENOSPC' || code === 'EDQUOT') {
      return new DatabaseProblem(
        'full',
        `${file} could not be written: the disk is full, read-only or failing. Nothing was changed. Free some space or mend the disk, and try again.`,
        error,
      );
    }
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
      return new DatabaseProblem('in-use', `${file} is held by another program.`, error);
    }
    if (code.startsWith('SQLITE_CANTOPEN')) {
      return new DatabaseProblem(
        'unreadable',
        `${file} cannot be opened: check that its folder exists and is yours.`,
        error,
      );
    }
    return null;
  }
}
