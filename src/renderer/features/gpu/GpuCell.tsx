import { useMemo } from 'react';
import type { CSSProperties } from 'react';
import type { GpuView } from '../../../shared/gpu.ts';
import { colourValue } from '../../state/colours.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { formatGiB, formatTimeOfDay } from '../../ui/format.ts';
import { SPARK, sparkArea, sparkPath, sparkWords } from './sparkline.ts';
import { problemOf, tickCount, trackOf } from './track.ts';
import type { GpuProblem, Segment, Track } from './track.ts';
import styles from './Gpu.module.css';

/** One GPU: memory as a track, utilisation, temperature, power. What the driver does not tell is a dash, never 0. */
export function GpuCell({ gpu, number }: { readonly gpu: GpuView; readonly number: number }) {
  const processes = useWindow((state) => state.gpus.processes);
  const openJobs = useWindow((state) => state.openJobs);
  const staleSince = useWindow((state) => state.gpus.staleSince);
  const track = useMemo(() => trackOf(gpu, processes, openJobs.values()), [gpu, processes, openJobs]);
  const problem = problemOf(gpu, track);
  const name = shortName(gpu.name);
  const used = gpu.memoryUsedMiB === null ? '—' : formatGiB(gpu.memoryUsedMiB);
  const total = gpu.memoryTotalMiB === null ? '—' : formatGiB(gpu.memoryTotalMiB);
  const isFree = track.holders.length === 0 && track.segments.length === 0 && track.beside === null;
  return (
    <section
      className={`${styles.gpu} ${problem === null ? '' : styles.quarantined} ${staleSince === null ? '' : styles.stale}`}
      aria-label={`GPU ${number}, ${name}, ${gpu.unifiedMemory ? 'shares the memory of the machine' : `${used} of ${total} GiB used`}`}
    >
      <div className={styles.top}>
        <span className="bold nowrap">GPU {number}</span>
        <span className={styles.name} title={gpu.name ?? ''}>
          {name}
        </span>
        {problem !== null ? (
          <span className={styles.state}>
            <Icon name="stuck" />
            Quarantined
          </span>
        ) : isFree ? (
          <span className={styles.state} title={`${used} of ${total} GiB in use`}>
            <Icon name="queued" />
            Free
          </span>
        ) : gpu.unifiedMemory ? (
          <span className={styles.memory}>unified memory</span>
        ) : (
          <span className={styles.memory}>
            <b>{used}</b> / {total} GiB
          </span>
        )}
      </div>
      <MemoryTrack track={track} />
      <div className={styles.ticks} aria-hidden="true">
        {Array.from({ length: tickCount(gpu.memoryTotalMiB) }, (_, index) => (
          <i key={index} />
        ))}
      </div>
      {problem === null ? <Readings gpu={gpu} staleSince={staleSince} /> : <QuarantineLine problem={problem} />}
    </section>
  );
}

function MemoryTrack({ track }: { readonly track: Track }) {
  return (
    <div className={styles.track}>
      {track.segments.map((segment) => (
        <Car key={segment.key} segment={segment} />
      ))}
      {track.beside === null ? null : (
        <span className={styles.beside} title={track.beside}>
          {track.beside}
        </span>
      )}
    </div>
  );
}

function Car({ segment }: { readonly segment: Segment }) {
  const { store } = useParts();
  const colour = useWindow((state) => (segment.jobId === null ? null : colourValue(state.colours, segment.jobId)));
  const look = {
    job: '',
    stopping: styles.stopping,
    locked: styles.locked,
    leaked: styles.locked,
    held: styles.held,
    used: '',
    foreign: styles.foreign,
  }[segment.kind];
  const style = {
    width: `${(segment.share * 100).toFixed(2)}%`,
    ...(colour === null ? {} : { '--j': colour }),
  } as CSSProperties;
  const { jobId } = segment;
  if (jobId === null) {
    return (
      <span className={`${styles.car} ${look} ${styles.neutral}`} style={style} title={segment.title}>
        {segment.label}
      </span>
    );
  }
  return (
    <button
      type="button"
      className={`${styles.car} ${look}`}
      style={style}
      title={segment.title}
      aria-label={`Select ${segment.title}`}
      onClick={() => store.setState({ selectedId: jobId, panelOpen: true })}
    >
      <span>
        <i>#</i>
        {jobId}
      </span>
    </button>
  );
}

function Readings({ gpu, staleSince }: { readonly gpu: GpuView; readonly staleSince: number | null }) {
  const readings = useWindow((state) => state.gpuHistory.get(gpu.uuid)) ?? [];
  const path = sparkPath(readings);
  if (staleSince !== null) return <div className={styles.now}>no answer since {formatTimeOfDay(staleSince)}</div>;
  return (
    <div className={styles.now}>
      <svg
        className={styles.spark}
        viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={sparkWords(readings)}
      >
        {path === null ? null : <path className={styles.area} d={sparkArea(path)} />}
        <line x1="0" x2={SPARK.width} y1={SPARK.height - 0.5} y2={SPARK.height - 0.5} />
        {path === null ? null : <path className={styles.line} d={path} />}
      </svg>
      <span className={styles.utilisation}>
        {gpu.utilizationPercent === null ? '—' : `${gpu.utilizationPercent} %`}
      </span>
      <span>{gpu.temperatureCelsius === null ? '—' : `${gpu.temperatureCelsius} °C`}</span>
      <span className="push faint">{gpu.powerDrawWatts === null ? '—' : `${Math.round(gpu.powerDrawWatts)} W`}</span>
    </div>
  );
}

function QuarantineLine({ problem }: { readonly problem: GpuProblem }) {
  const { store } = useParts();
  const { jobId, words } = problem;
  return (
    <div className={styles.now}>
      <span className="cut" title={words}>
        {words}
      </span>
      {jobId === null ? null : (
        <button
          type="button"
          className={`${styles.link} push`}
          aria-label={`Why the GPU of #${jobId} is quarantined`}
          onClick={() => store.setState({ selectedId: jobId, panelOpen: true, tab: 'details' })}
        >
          Details
        </button>
      )}
    </div>
  );
}

/** The name without the words all of them share. */
function shortName(name: string | null): string {
  return name === null
    ? 'unknown GPU'
    : name
        .replace(/^NVIDIA\s+/i, '')
        .replace(/^GeForce\s+/i, '')
        .replace(/\s+Generation$/i, '');
}
