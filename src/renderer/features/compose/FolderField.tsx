import { useParts } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import styles from './Compose.module.css';

interface FolderFieldProps {
  readonly cwd: string;
  readonly error: string | null;
  readonly onChange: (cwd: string) => void;
}

/** The folder the command runs in: typed, or chosen in the desktop's own dialog. */
export function FolderField({ cwd, error, onChange }: FolderFieldProps) {
  const { api } = useParts();
  async function choose(): Promise<void> {
    // Where there is no dialog to choose in, the folder is typed.
    const { path } = await api.request('shell.chooseFolder', { from: cwd }).catch(() => ({ path: null }));
    if (path !== null) onChange(path);
  }
  return (
    <Labelled label="Folder" id="compose-cwd" error={error}>
      <span className={styles.inline}>
        <input
          id="compose-cwd"
          className={`${fieldStyles.field} mono`}
          value={cwd}
          spellCheck={false}
          {...invalidProps('compose-cwd', error)}
          onChange={(event) => onChange(event.target.value)}
        />
        <Button icon="folder" aria-label="Choose folder" title="Choose folder" onClick={() => void choose()} />
      </span>
    </Labelled>
  );
}
