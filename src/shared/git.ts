/**
 * Which commit a job's folder was at right after its submit. `reading`: git has not answered yet. `unknown`: git is there and
 * did not tell, for the reason in `why`.
 */
export type GitState =
  | { readonly kind: 'reading' }
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known';
      /** The commit's full name; null in a repository without one. */
      readonly commit: string | null;
      /** Null with a detached HEAD. */
      readonly branch: string | null;
      /** Files under version control that differ from the commit. */
      readonly changedFiles: number;
      /** Files and folders that git does not know, ignored ones left out. */
      readonly untrackedFiles: number;
      /** When git was asked, Unix milliseconds. */
      readonly at: number;
    };
