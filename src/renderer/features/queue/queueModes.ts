import type { QueueMode } from '../../../shared/contract.ts';
import type { Choice } from '../../ui/RadioPills.tsx';

/** The queue's control, as the header offers it. None of the three touches a run. */
export const QUEUE_MODE_CHOICES: readonly Choice<QueueMode>[] = [
  { value: 'run', label: 'Run', icon: 'play', title: 'Start jobs as GPUs become free' },
  { value: 'drain', label: 'Drain', icon: 'drain', title: 'Start nothing new; tell me when the last run has ended' },
  { value: 'pause', label: 'Pause', icon: 'pause', title: 'Start nothing new until you press Run. Runs go on' },
];
