import { useEffect, useState } from 'react';
import type { ProposalView } from '../../../shared/contract.ts';
import { useParts } from '../../state/window.tsx';
import { parseCommandLine } from './commandLine.ts';

/** A pause in typing of this length asks the core about the command. */
const DEBOUNCE_MS = 250;
const NOTHING_KNOWN: ProposalView = { preset: null, peakGpuMemoryMiB: null, processes: null };

/** What the core knows about the typed command: how its program wants to be stopped, and what its last run used. */
export function useProposal(command: string): ProposalView {
  const { api } = useParts();
  const [proposal, setProposal] = useState(NOTHING_KNOWN);
  const { argv } = parseCommandLine(command);
  const key = argv.join('\0');
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      if (key === '') setProposal(NOTHING_KNOWN);
      else
        api.request('jobs.proposal', { command: key.split('\0') }).then(
          (answer) => (isWanted ? setProposal(answer) : undefined),
          // The form works without a proposal: the core decides when the job is added.
          () => undefined,
        );
    }, DEBOUNCE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [api, key]);
  return proposal;
}
