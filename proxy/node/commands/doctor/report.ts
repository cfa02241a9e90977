/** What the doctor finds: one line each, for people or as JSON. */
import type { Terminal } from '../command.ts';

/** How a thing stands: good, to be looked at, to be mended, or not looked at. */
export type Status = 'ok' | 'warn' | 'fail' | 'skip';

/** One finding; `fix` says what to do about it. None holds a secret. */
export type Finding = { area: string; status: Status; what: string; fix: string | null };

/** Takes note of one finding in one area. */
export type Tell = (status: Status, what: string, fix?: string) => void;

/** A report that writes each finding as it comes. */
export type Report = { area: (name: string) => Tell; end: () => number };

/** Starts a report. `end` writes the sum and gives the exit code: 1 when something is to be mended. */
export function createReport({ write }: Pick<Terminal, 'write'>, json: boolean): Report {
  const counts: Record<Status, number> = { ok: 0, warn: 0, fail: 0, skip: 0 };
  return {
    area: (area) => (status, what, fix) => {
      counts[status]++;
      const finding: Finding = { area, status, what, fix: fix ?? null };
      write(json ? `${JSON.stringify(finding)}\n` : `${line(finding)}\n`);
    },
    end() {
      write(json ? `${JSON.stringify({ summary: counts })}\n` : `\n${sumUp(counts)}\n`);
      return counts.fail > 0 ? 1 : 0;
    },
  };
}

function line({ area, status, what, fix }: Finding): string {
  return `${status.padEnd(4)}  ${area}: ${what}${fix === null ? '' : `\n      → ${fix}`}`;
}

function sumUp({ ok, warn, fail }: Record<Status, number>): string {
  if (fail + warn === 0) return `All is well: ${ok} checks.`;
  return `${fail} to mend, ${warn} to look at, ${ok} well.`;
}
