import type { Receipt, ReceiptMember } from '../../../shared/job.ts';
import { counted, formatOffset } from '../../ui/format.ts';
import styles from './Receipt.module.css';

const KIND_WORDS: Readonly<Record<NonNullable<ReceiptMember['kind']>, string>> = {
  main: 'main',
  child: 'child',
  'own-session': 'own session',
};

/** A command line as people tell two of them apart: paths by their last part. The whole one is the title. */
export function shortened(command: string): string {
  return command.replaceAll(/(^|\s)(?:\/[^\s/]+)+\/([^\s/]+)/g, '$1$2');
}

/** The processes that a stop was about, one a line, as far as they were seen. */
export function Members({ receipt }: { readonly receipt: Receipt }) {
  const { members, membersNotListed, requestedAt } = receipt;
  const rest =
    membersNotListed === 0
      ? null
      : `${counted(membersNotListed, 'more process', 'more processes')} of this run: gone before the stop, or too short-lived to be seen`;
  if (members.length === 0) return rest === null ? null : <p className={styles.rest}>{rest}</p>;
  return (
    <table className={styles.members} aria-label="Processes of the run">
      <thead>
        <tr>
          <th scope="col" className={styles.number}>
            pid
          </th>
          <th scope="col">Member</th>
          <th scope="col" className="wide-only">
            Kind
          </th>
          <th scope="col">Sent</th>
          <th scope="col">Ended</th>
          <th scope="col" className={styles.number} title="When it was first seen to be gone">
            Gone by
          </th>
        </tr>
      </thead>
      <tbody>
        {members.map((member, place) => (
          <tr key={`${member.pid} ${place}`}>
            <td className={styles.number}>{member.pid}</td>
            <td className={styles.command} title={member.command ?? undefined}>
              {member.command === null ? 'not seen by the app' : shortened(member.command)}
            </td>
            <td className="wide-only">{member.kind === null ? '—' : KIND_WORDS[member.kind]}</td>
            <td>{member.signals === null ? 'not known' : member.signals.join(', ') || '—'}</td>
            <td>{member.ended}</td>
            <td className={styles.number}>{formatOffset(member.goneBy - requestedAt)}</td>
          </tr>
        ))}
        {rest === null ? null : (
          <tr>
            <td />
            <td colSpan={5} className={styles.rest}>
              {rest}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
