import { useState } from 'react';
import type { GpuCurves } from '../../../shared/gpuCurve.ts';
import type { JobView } from '../../../shared/job.ts';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { formatGiB } from '../../ui/format.ts';
import { TimePlot } from './TimePlot.tsx';
import { gpuName, memoryWords, utilizationWords } from './gpuWords.ts';
import styles from './Curves.module.css';

const FULL_PERCENT = 100;
const MIB_PER_GIB = 1_024;

interface GpuPlotsProps {
  readonly job: JobView;
  readonly curves: GpuCurves;
  readonly colour: string | null;
  /** Changes with the page's colours. */
  readonly themeTurn: number;
}

/** Memory and utilisation of the GPUs of a run over time, one GPU at a time. */
export function GpuPlots({ job, curves, colour, themeTurn }: GpuPlotsProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const gpu = curves.gpus.find(({ uuid }) => uuid === chosen) ?? curves.gpus[0];
  if (gpu === undefined || gpu.times.length === 0) return null;
  const own = colour ?? 'var(--c-accent)';
  const highest = gpu.usedMiB.reduce<number>((most, value) => Math.max(most, value ?? 0), 1);
  return (
    <>
      <TimePlot
        key={`memory ${gpu.uuid} ${themeTurn}`}
        title="Memory, GiB"
        words={memoryWords(gpu, job.id)}
        times={gpu.times}
        lines={[
          { name: 'in use', values: gpu.usedMiB.map(toGiB), colour: 'var(--c-spark)', below: 'hatch' },
          { name: `#${job.id}`, values: gpu.jobMiB.map(toGiB), colour: own, below: 'tint' },
        ]}
        top={(gpu.memoryTotalMiB ?? highest) / MIB_PER_GIB}
        unit=""
        format={(gib) => formatGiB(gib * MIB_PER_GIB)}
      >
        {curves.gpus.length < 2 ? (
          <span className="faint">{gpuName(gpu)}</span>
        ) : (
          <span className={styles.choice}>
            <span className="faint">GPU</span>
            <RadioPills
              label="GPU"
              look="pills"
              choices={curves.gpus.map(({ uuid, index }, place) => ({
                value: uuid,
                label: String(index ?? place),
                title: uuid,
              }))}
              value={gpu.uuid}
              onChoose={setChosen}
            />
          </span>
        )}
      </TimePlot>
      <TimePlot
        key={`utilisation ${gpu.uuid} ${themeTurn}`}
        title="Utilisation, %"
        words={utilizationWords(gpu)}
        times={gpu.times}
        lines={[{ name: '', values: gpu.utilizationPercent, colour: own, below: 'none' }]}
        top={FULL_PERCENT}
        unit=" %"
        format={String}
      >
        <span className="faint">{gpuName(gpu)}</span>
      </TimePlot>
    </>
  );
}

function toGiB(mib: number | null): number | null {
  return mib === null ? null : mib / MIB_PER_GIB;
}
