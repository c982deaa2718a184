import { useEffect, useState } from 'react';
import type { AppAbout } from '../../../shared/shellContract.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog, DialogBody } from '../../ui/Dialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import styles from './About.module.css';

/** Which copy of the app this is: versions, the runner's promise, where things are, and an update that waits. */
export function AboutDialog() {
  const { api, store } = useParts();
  const core = useWindow((state) => state.about);
  const [app, setApp] = useState<AppAbout | null>(null);
  useEffect(() => void api.request('shell.about', {}).then(setApp, () => {}), [api]);
  const onClose = () => store.setState({ aboutOpen: false });
  return (
    <Dialog
      title="About Trainyard"
      size="small"
      onClose={onClose}
      footer={
        <>
          <span className="faint">MIT licence</span>
          <span className="push" />
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <DialogBody>
        {app === null ? <p className="muted">…</p> : <Copy app={app} />}
        {core === null ? null : <p className="muted">{core.runnerPromise}</p>}
        {app === null ? null : <Update app={app} />}
        <dl className={styles.places}>
          {core === null ? null : <Place name="Data" path={core.dataFolder} />}
          {app === null || app.licences === null ? null : <Place name="Licences" path={app.licences} />}
        </dl>
      </DialogBody>
    </Dialog>
  );
}

function Copy({ app }: { readonly app: AppAbout }) {
  return (
    <>
      <div className={styles.head}>
        <span className={styles.mark}>
          <Icon name="brand" />
        </span>
        <div>
          <p className={styles.name}>{app.productName}</p>
          <p className="muted">Version {app.version}</p>
          <p className="faint">{app.runtime}</p>
        </div>
      </div>
      {app.testBuild ? (
        <p className={styles.test}>
          <Icon name="stuck" />
          Test build: its Electron gets no security updates. It is for trying out, not for daily use.
        </p>
      ) : null}
    </>
  );
}

function Update({ app }: { readonly app: AppAbout }) {
  const { api } = useParts();
  const [refusal, setRefusal] = useState<string | null>(null);
  if (app.updateReady === null) {
    return (
      <p className="muted">
        {app.updates === 'on'
          ? 'Newer releases are looked for once a day.'
          : 'This copy does not look for newer releases.'}
      </p>
    );
  }
  const install = () =>
    void api
      .request('shell.installUpdate', {})
      .catch((error: unknown) => setRefusal(error instanceof Error ? error.message : String(error)));
  return (
    <div className={styles.update}>
      <p>Trainyard {app.updateReady} is ready.</p>
      <Button small onClick={install}>
        Install and restart
      </Button>
      {refusal === null ? null : (
        <p role="alert" className={styles.refusal}>
          {refusal}
        </p>
      )}
    </div>
  );
}

function Place({ name, path }: { readonly name: string; readonly path: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="cut" title={path}>
        {path}
      </dd>
    </>
  );
}
