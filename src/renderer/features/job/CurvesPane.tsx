import { Tabs } from '@base-ui/react/tabs';
import { useEffect, useState } from 'react';
import { colourValue } from '../../state/colours.ts';
import { isOver } from '../../state/jobState.ts';
import { useWindow } from '../../state/window.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { formatBytes } from '../../ui/format.ts';
import { PaneTools } from './PanelBar.tsx';
import type { PaneProps } from './PanelBar.tsx';
import { GpuPlots } from './GpuPlots.tsx';
import { Plot } from './Plot.tsx';
import { curvesCsv } from './curves.ts';
import { useCurves } from './useCurves.ts';
import { useGpuCurves } from './useGpuCurves.ts';
import panel from './JobPanel.module.css';
import styles from './Curves.module.css';

/** The Curves tab: one plot for each metric that the log tells, and what its GPUs did. The log is read only while it is shown. */
export function CurvesPane({ job, toolSlot }: PaneProps) {
  const { reader, version, problem, removed } = useCurves(job);
  const gpuCurves = useGpuCurves(job);
  const colour = useWindow((state) => colourValue(state.colours, job.id));
  const themeTurn = useThemeTurn();
  const { curves } = reader.curves;
  const nothing =
    problem ??
    removed ??
    (curves.length > 0 ? null : isOver(job) ? 'The log tells no metrics.' : 'No metrics were printed yet.');
  return (
    <>
      <PaneTools slot={toolSlot}>
        {curves.length === 0 ? null : (
          <CopyButton label="Copy the curves as CSV" words="Copy CSV" text={() => curvesCsv(curves)} />
        )}
      </PaneTools>
      <Tabs.Panel value="curves" className={panel.pane ?? ''} aria-label={`Curves of #${job.id}`}>
        {nothing === null ? null : (
          <p className={panel.waiting}>
            {nothing}
            {removed === null ? (
              <>
                {' '}
                Curves come from lines such as <code>step=100 loss=0.42</code>, JSON lines, tqdm bars and the Hugging
                Face Trainer.
              </>
            ) : null}
          </p>
        )}
        {reader.skipped === 0 ? null : (
          <p className={panel.waiting}>{formatBytes(reader.skipped)} of the log were left out: it is too long.</p>
        )}
        {curves.length === 0 && gpuCurves.gpus.length === 0 ? null : (
          <div className={styles.curves}>
            {curves.slice(0, 1).map((curve) => (
              <Plot key={`${curve.name} ${themeTurn}`} curve={curve} version={version} colour={colour} />
            ))}
            <GpuPlots job={job} curves={gpuCurves} colour={colour} themeTurn={themeTurn} />
            {curves.slice(1).map((curve) => (
              <Plot key={`${curve.name} ${themeTurn}`} curve={curve} version={version} colour={colour} />
            ))}
          </div>
        )}
      </Tabs.Panel>
    </>
  );
}

/** A number that changes when the page's colours do. */
function useThemeTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const onChange = () => setTurn((count) => count + 1);
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const attribute = new MutationObserver(onChange);
    dark.addEventListener('change', onChange);
    attribute.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      dark.removeEventListener('change', onChange);
      attribute.disconnect();
    };
  }, []);
  return turn;
}
