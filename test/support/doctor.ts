/** What one part of the doctor says. */
import type { Status, Tell } from '../../proxy/node/commands/doctor/report.ts';

/** One line of it. */
export type Line = { status: Status; what: string; fix: string };

/** A `Tell` and what it was told. */
export function listening(): { tell: Tell; lines: Line[]; of: (status: Status) => Line[] } {
  const lines: Line[] = [];
  return {
    lines,
    tell: (status, what, fix = '') => void lines.push({ status, what, fix }),
    of: (status) => lines.filter((line) => line.status === status),
  };
}
